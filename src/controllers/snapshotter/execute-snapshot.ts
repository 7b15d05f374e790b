// Does what a step for a VolumeSnapshot, or for its source claim, says.

import type { Draft } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims } from '../../apis/resources.ts';
import {
  type VolumeSnapshot,
  type VolumeSnapshotContent,
  volumeSnapshotContents,
  volumeSnapshots,
} from '../../apis/snapshot/types.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen, patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import { type ContentOrder, type SnapshotStep, snapshotFinalizers } from './reconcile-snapshot.ts';

export interface SnapshotEdge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
}

interface Scene {
  snapshot: VolumeSnapshot;
  edge: SnapshotEdge;
}

const again: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Executes one step of `snapshot`. Rejects with StatusError `Conflict` if the step was decided on a stale view. */
export async function executeSnapshotStep(
  step: SnapshotStep,
  { snapshot, edge }: Scene,
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, recorder } = edge;
  const patch = { resource: volumeSnapshots, seen: snapshot } as const;
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      if (step.notice) recorder.event(snapshot, step.notice);
      return never;
    case 'Protect':
      await protect(step.claim, { snapshot, edge }, signal);
      return again;
    case 'AssignClass':
      await patchSeen(client, { ...patch, changes: { spec: { volumeSnapshotClassName: step.className } } }, signal);
      return again;
    case 'CreateContent':
      await createContent(step.order, { snapshot, edge }, signal);
      return never;
    case 'BindContent': {
      const spec = { volumeSnapshotRef: { ...step.content.spec.volumeSnapshotRef, uid: snapshot.metadata.uid } };
      await patchSeen(client, { resource: volumeSnapshotContents, seen: step.content, changes: { spec } }, signal);
      return never;
    }
    case 'ReportStatus': {
      const status = { error: null, ...step.status };
      await patchSeen(client, { ...patch, changes: { status }, subresource: 'status' }, signal);
      for (const notice of step.notices) recorder.event(snapshot, notice);
      return never;
    }
    case 'ReportError': {
      const error = { message: step.notice.message, time: rfc3339(edge.clock.now()) };
      await patchSeen(
        client,
        { ...patch, changes: { status: { readyToUse: false, error } }, subresource: 'status' },
        signal,
      );
      recorder.event(snapshot, step.notice);
      return never;
    }
    case 'DeleteContent':
      await deleteContent(step.content, client, signal);
      return never;
    case 'Release': {
      const changes = { metadata: { finalizers: withoutFinalizer(snapshot, ...snapshotFinalizers) } };
      await patchSeen(client, { ...patch, changes }, signal);
      return never;
    }
    default:
      return step satisfies never;
  }
}

/** Lets a claim go from which nothing is to be cut any more. */
export async function releaseClaim(claim: PersistentVolumeClaim, client: Client, signal: AbortSignal): Promise<void> {
  const changes = { metadata: { finalizers: withoutFinalizer(claim, finalizers.claimAsSource) } };
  await patchSeen(client, { resource: persistentVolumeClaims, seen: claim, changes }, signal);
}

async function protect(
  claim: PersistentVolumeClaim | undefined,
  { snapshot, edge }: Scene,
  signal: AbortSignal,
): Promise<void> {
  const snapshotChanges = { metadata: { finalizers: withFinalizer(snapshot, ...snapshotFinalizers) } };
  const writes: Promise<unknown>[] = [
    patchSeen(edge.client, { resource: volumeSnapshots, seen: snapshot, changes: snapshotChanges }, signal),
  ];
  if (claim) {
    const changes = { metadata: { finalizers: withFinalizer(claim, finalizers.claimAsSource) } };
    writes.push(patchSeen(edge.client, { resource: persistentVolumeClaims, seen: claim, changes }, signal));
  }
  await Promise.all(writes);
}

/** The content is born marked as being created: one write fewer before the driver is asked. */
async function createContent(
  { name, volumeHandle, snapshotClass, sourceVolumeMode }: ContentOrder,
  { snapshot, edge }: Scene,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name: snapshotName, uid, resourceVersion } = snapshot.metadata;
  const draft: Draft<VolumeSnapshotContent> = {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotContent',
    metadata: {
      name,
      annotations: { [annotations.snapshotBeingCreated]: 'yes' },
      finalizers: [finalizers.contentBound],
    },
    spec: {
      volumeSnapshotRef: {
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshot',
        uid,
        resourceVersion,
        name: snapshotName,
        ...(namespace !== undefined && { namespace }),
      },
      source: { volumeHandle },
      volumeSnapshotClassName: snapshotClass.metadata.name,
      deletionPolicy: snapshotClass.deletionPolicy,
      driver: snapshotClass.driver,
      sourceVolumeMode,
    },
  };
  try {
    await edge.client.create(volumeSnapshotContents, draft, signal);
  } catch (error) {
    // The name is this snapshot's UID: an earlier pass has made it.
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  const message = `Waiting for a snapshot ${namespace}/${snapshotName} to be created by the CSI driver.`;
  edge.recorder.event(snapshot, { type: 'Normal', reason: 'CreatingSnapshot', message });
}

async function deleteContent(content: VolumeSnapshotContent, client: Client, signal: AbortSignal): Promise<void> {
  if (content.metadata.annotations?.[annotations.snapshotBeingDeleted] === undefined) {
    const changes = { metadata: { annotations: { [annotations.snapshotBeingDeleted]: 'yes' } } };
    await patchSeen(client, { resource: volumeSnapshotContents, seen: content, changes }, signal);
  }
  await deleteSeen(client, { resource: volumeSnapshotContents, seen: content }, signal);
}
