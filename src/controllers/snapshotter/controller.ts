// Which change wakes which snapshot, content or claim? Cuts and deletes snapshots, as the snapshot-controller and
// csi-snapshotter together.

import { keyOf } from '../../apimachinery/meta.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import {
  type VolumeSnapshot,
  type VolumeSnapshotContent,
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
} from '../../apis/snapshot/types.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informers } from '../../client/types.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { type ContentEdge, executeContentStep } from './execute-content.ts';
import { executeSnapshotStep, releaseClaim } from './execute-snapshot.ts';
import { reconcileContent } from './reconcile-content.ts';
import { reconcileSnapshot } from './reconcile-snapshot.ts';
import { contentView, isNeedlesslyHeld, restoreSourceKey, snapshotView } from './view.ts';

const snapshotPrefix = 'snapshot/';
const contentPrefix = 'content/';
const claimPrefix = 'claim/';
const never: Outcome = { requeue: 'never' };

export interface SnapshotterOptions {
  csi: CsiDriver;
  /** Name of the driver. */
  driver: string;
  /** Objects worked on at once; the calls for one snapshot never overlap. */
  concurrency?: number;
  timeoutMs?: number;
}

/** Binds snapshots to contents, has the driver cut them, and deletes them by their policy. */
export function snapshotterController(
  deps: ControllerDeps,
  { csi, driver, concurrency = 10, timeoutMs = 60_000 }: SnapshotterOptions,
): Controller {
  const caches = cachesOf(deps.informers);
  const { client, clock } = deps;
  const edge: ContentEdge = { client, clock, csi, timeoutMs, recorder: deps.recorder('snapshot-controller') };
  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    if (key.startsWith(snapshotPrefix)) {
      const snapshot = caches.snapshots.get(key.slice(snapshotPrefix.length));
      if (!snapshot) return never;
      return executeSnapshotStep(reconcileSnapshot(snapshotView(snapshot, caches, driver)), { snapshot, edge }, signal);
    }
    if (key.startsWith(contentPrefix)) {
      const content = caches.contents.get(key.slice(contentPrefix.length));
      if (!content) return never;
      return executeContentStep(reconcileContent(contentView(content, caches, driver)), { content, edge }, signal);
    }
    const claim = caches.claims.get(key.slice(claimPrefix.length));
    if (claim && isNeedlesslyHeld(claim, caches)) await releaseClaim(claim, client, signal);
    return never;
  };
  return keyedController(
    { name: 'snapshotter', concurrency, watch: (enqueue) => watch(caches, enqueue), reconcileKey },
    deps,
  );
}

type Caches = ReturnType<typeof cachesOf>;

function cachesOf(informers: Informers) {
  return {
    snapshots: informers.of(volumeSnapshots),
    contents: informers.of(volumeSnapshotContents),
    classes: informers.of(volumeSnapshotClasses),
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
  };
}

function watch({ snapshots, contents, classes, claims }: Caches, enqueue: (key: string) => void): void {
  const wakeContentOf = (snapshot: VolumeSnapshot): void => {
    const name = snapshot.spec.source.volumeSnapshotContentName ?? snapshot.status?.boundVolumeSnapshotContentName;
    if (name) enqueue(contentPrefix + name);
  };
  snapshots.onChange(({ object }) => {
    enqueue(snapshotPrefix + keyOf(object));
    wakeContentOf(object);
    const claimName = object.spec.source.persistentVolumeClaimName;
    if (claimName !== undefined) enqueue(`${claimPrefix}${object.metadata.namespace}/${claimName}`);
  });
  contents.onChange(({ object, previous }) => {
    const { namespace, name } = object.spec.volumeSnapshotRef;
    enqueue(`${snapshotPrefix}${namespace}/${name}`);
    // Our own report of a failure must not defeat the backoff.
    if (!previous || relevant(object) !== relevant(previous)) enqueue(contentPrefix + object.metadata.name);
  });
  claims.onChange(({ object }) => {
    const source = restoreSourceKey(object);
    if (source !== undefined) enqueue(snapshotPrefix + source);
    enqueue(claimPrefix + keyOf(object));
    for (const snapshot of snapshots.list(object.metadata.namespace)) {
      const isWaiting = !snapshot.status?.boundVolumeSnapshotContentName;
      if (isWaiting && snapshot.spec.source.persistentVolumeClaimName === object.metadata.name)
        enqueue(snapshotPrefix + keyOf(snapshot));
    }
  });
  classes.onChange(() => {
    for (const snapshot of snapshots.list()) {
      if (!snapshot.status?.boundVolumeSnapshotContentName) enqueue(snapshotPrefix + keyOf(snapshot));
    }
  });
}

function relevant({ metadata, spec, status }: VolumeSnapshotContent): string {
  const { uid, deletionTimestamp, finalizers } = metadata;
  const beingDeleted = metadata.annotations?.[annotations.snapshotBeingDeleted];
  return JSON.stringify({
    uid,
    deletionTimestamp,
    finalizers,
    beingDeleted,
    spec,
    handle: status?.snapshotHandle,
    ready: status?.readyToUse,
  });
}
