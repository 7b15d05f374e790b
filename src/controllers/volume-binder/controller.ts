// Which change wakes which claim or volume? Binds claims to volumes, as the PersistentVolume controller of Kubernetes.

import { keyOf } from '../../apimachinery/meta.ts';
import { claimKeyOf, classNameOf } from '../../apis/core/claims.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../apis/resources.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { executeClaimStep, executeVolumeStep } from './execute.ts';
import { reconcileClaim } from './reconcile-claim.ts';
import { reconcileVolume } from './reconcile-volume.ts';
import { type BinderCaches, claimView, volumeView } from './view.ts';

const claimPrefix = 'claim/';
const volumePrefix = 'volume/';
const never: Outcome = { requeue: 'never' };

export interface VolumeBinderOptions {
  /** Claims and volumes worked on at once. Every write is a compare-and-swap, so that more is safe. */
  concurrency?: number;
}

/** Binds claims to volumes, hands claims without a match to provisioners, and keeps the phases of both. */
export function volumeBinderController(
  deps: ControllerDeps,
  { concurrency = 8 }: VolumeBinderOptions = {},
): Controller {
  const caches: BinderCaches = {
    claims: deps.informers.of(persistentVolumeClaims),
    volumes: deps.informers.of(persistentVolumes),
    classes: deps.informers.of(storageClasses),
    pods: deps.informers.of(pods),
  };
  const edge = { client: deps.client, recorder: deps.recorder('persistentvolume-controller') };
  return keyedController(
    {
      name: 'volume-binder',
      concurrency,
      watch: (enqueue) => watch(caches, enqueue),
      reconcileKey: async (key, signal) => {
        if (key.startsWith(claimPrefix)) {
          const claim = caches.claims.get(key.slice(claimPrefix.length));
          if (!claim) return never;
          return executeClaimStep(reconcileClaim(claimView(claim, caches)), { claim, edge }, signal);
        }
        const volume = caches.volumes.get(key.slice(volumePrefix.length));
        if (!volume) return never;
        return executeVolumeStep(reconcileVolume(volumeView(volume, caches)), { volume, edge }, signal);
      },
    },
    deps,
  );
}

function watch({ claims, volumes, classes }: BinderCaches, enqueue: (key: string) => void): void {
  const wakeWaiting = (className: string): void => {
    for (const claim of claims.list()) {
      if (claim.metadata.annotations?.[annotations.bindCompleted]) continue;
      const wanted = classNameOf(claim);
      if (wanted === className || wanted === '') enqueue(claimPrefix + keyOf(claim));
    }
  };
  claims.onChange(({ object, type }) => {
    const claimKey = keyOf(object);
    enqueue(claimPrefix + claimKey);
    if (object.spec?.volumeName) enqueue(volumePrefix + object.spec.volumeName);
    // A volume may be reserved for a claim that is deleted before it is bound.
    if (type !== 'deleted') return;
    for (const volume of volumes.list()) {
      if (claimKeyOf(volume) === claimKey) enqueue(volumePrefix + volume.metadata.name);
    }
  });
  volumes.onChange(({ object, previous, type }) => {
    enqueue(volumePrefix + object.metadata.name);
    const claimKeys = [object, previous].flatMap((volume) => (volume ? (claimKeyOf(volume) ?? []) : []));
    for (const claimKey of new Set(claimKeys)) enqueue(claimPrefix + claimKey);
    if (claimKeyOf(object) === undefined && type !== 'deleted') wakeWaiting(classNameOf(object));
  });
  classes.onChange(({ object, type }) => {
    if (type !== 'deleted') wakeWaiting(object.metadata.name);
  });
}
