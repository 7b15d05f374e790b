// Does what a step for a VolumeSnapshotContent says: asks the driver to cut, find and delete snapshots.

import { isStatus } from '../../apimachinery/status-error.ts';
import {
  type VolumeSnapshotContent,
  type VolumeSnapshotContentStatus,
  volumeSnapshotContents,
  volumeSnapshots,
} from '../../apis/snapshot/types.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import { deleteSeen, patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import { isMaybeInBackground, RpcError } from '../../csi/rpc-error.ts';
import type { SnapshotEdge } from './execute-snapshot.ts';
import type { ContentStep } from './reconcile-content.ts';
import { contentStatusFor } from './status.ts';

export interface ContentEdge extends SnapshotEdge {
  csi: CsiDriver;
  /** How long one CSI call may take; upstream's default is one minute. */
  timeoutMs: number;
}

interface Scene {
  content: VolumeSnapshotContent;
  edge: ContentEdge;
}

const again: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };
/** A driver that is still uploading is asked again this often. */
const readyCheckMs = 500;

/** Executes one step of `content`. Rejects with RpcError when the same call has to be made again later. */
export async function executeContentStep(
  step: ContentStep,
  { content, edge }: Scene,
  signal: AbortSignal,
): Promise<Outcome> {
  const { client } = edge;
  const patch = { resource: volumeSnapshotContents, seen: content } as const;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'AddFinalizer':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withFinalizer(content, finalizers.contentBound) } } },
        signal,
      );
      return again;
    case 'MarkBeingCreated':
      await mark(content, { isBeingCreated: true, edge }, signal);
      return again;
    case 'ClearBeingCreated':
      await mark(content, { isBeingCreated: false, edge }, signal);
      return never;
    case 'Cut':
      return cut(step, { content, edge }, signal);
    case 'ReadExisting':
      return readExisting(step.snapshotHandle, { content, edge }, signal);
    case 'DeleteObject':
      if (await isSnapshotThere(content, edge, signal)) return { requeue: 'after', delayMs: readyCheckMs };
      await deleteSeen(client, { resource: volumeSnapshotContents, seen: content }, signal);
      return never;
    case 'DeleteSnapshot':
      return deleteSnapshot(step.snapshotHandle, { content, edge }, signal);
    case 'Release':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withoutFinalizer(content, finalizers.contentBound) } } },
        signal,
      );
      return never;
    default:
      return step satisfies never;
  }
}

async function cut(
  { name, volumeHandle, parameters }: Extract<ContentStep, { type: 'Cut' }>,
  { content, edge }: Scene,
  signal: AbortSignal,
): Promise<Outcome> {
  const { csi, timeoutMs, recorder } = edge;
  let status: VolumeSnapshotContentStatus;
  try {
    const { snapshot } = await csi.controller.createSnapshot(
      { name, sourceVolumeId: volumeHandle, parameters },
      { signal, timeoutMs },
    );
    if (!snapshot?.snapshotId) throw new RpcError('INTERNAL', 'CreateSnapshot answered without a snapshot');
    status = contentStatusFor(snapshot);
  } catch (error) {
    signal.throwIfAborted();
    const message = `Failed to create snapshot: failed to take snapshot of the volume ${volumeHandle}: "${describeRpcError(error)}"`;
    recorder.event(content, { type: 'Warning', reason: 'SnapshotCreationFailed', message });
    const seen = await reportError(content, message, { edge, signal });
    // A final answer: no snapshot is in the making, so the content may be deleted.
    if (!isMaybeInBackground(error)) await mark(seen, { isBeingCreated: false, edge }, signal);
    throw error;
  }
  const reported = await report(content, status, { edge, signal });
  if (content.metadata.annotations?.[annotations.snapshotBeingCreated] !== undefined)
    await mark(reported, { isBeingCreated: false, edge }, signal);
  return status.readyToUse ? again : { requeue: 'after', delayMs: readyCheckMs };
}

async function readExisting(snapshotHandle: string, { content, edge }: Scene, signal: AbortSignal): Promise<Outcome> {
  const { csi, timeoutMs } = edge;
  try {
    const { entries } = await csi.controller.listSnapshots({ snapshotId: snapshotHandle }, { signal, timeoutMs });
    const snapshot = entries[0]?.snapshot;
    if (!snapshot) throw new RpcError('NOT_FOUND', `snapshot ${snapshotHandle} not found`);
    const status = contentStatusFor(snapshot);
    await report(content, status, { edge, signal });
    return status.readyToUse ? never : { requeue: 'after', delayMs: readyCheckMs };
  } catch (error) {
    signal.throwIfAborted();
    // A driver that cannot list is taken at its owner's word.
    if (error instanceof RpcError && error.code === 'UNIMPLEMENTED') {
      await report(content, { snapshotHandle, readyToUse: true }, { edge, signal });
      return never;
    }
    if (!(error instanceof RpcError)) throw error;
    await reportError(content, `Failed to check and update snapshot content: ${describeRpcError(error)}`, {
      edge,
      signal,
    });
    throw error;
  }
}

async function deleteSnapshot(snapshotId: string, { content, edge }: Scene, signal: AbortSignal): Promise<Outcome> {
  const { csi, timeoutMs, recorder, client } = edge;
  try {
    await csi.controller.deleteSnapshot({ snapshotId }, { signal, timeoutMs });
  } catch (error) {
    signal.throwIfAborted();
    recorder.event(content, {
      type: 'Warning',
      reason: 'SnapshotDeleteError',
      message: `Failed to delete snapshot: ${describeRpcError(error)}`,
    });
    throw error;
  }
  const changes = { metadata: { finalizers: withoutFinalizer(content, finalizers.contentBound) } };
  await patchSeen(client, { resource: volumeSnapshotContents, seen: content, changes }, signal);
  return never;
}

/** A live read: a watch that lags must not cost a snapshot. */
async function isSnapshotThere(
  { spec }: VolumeSnapshotContent,
  { client }: ContentEdge,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name = '', uid } = spec.volumeSnapshotRef;
  try {
    const snapshot = await client.get(volumeSnapshots, { namespace, name }, signal);
    return snapshot.metadata.uid === uid;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

interface Call {
  edge: ContentEdge;
  signal: AbortSignal;
}

function report(
  content: VolumeSnapshotContent,
  status: VolumeSnapshotContentStatus,
  { edge, signal }: Call,
): Promise<VolumeSnapshotContent> {
  const changes = { status: { error: null, ...status } };
  return patchSeen(
    edge.client,
    { resource: volumeSnapshotContents, seen: content, changes, subresource: 'status' },
    signal,
  );
}

function reportError(
  content: VolumeSnapshotContent,
  message: string,
  { edge, signal }: Call,
): Promise<VolumeSnapshotContent> {
  const error = { message, time: rfc3339(edge.clock.now()) };
  const changes = { status: { readyToUse: false, error } };
  return patchSeen(
    edge.client,
    { resource: volumeSnapshotContents, seen: content, changes, subresource: 'status' },
    signal,
  );
}

async function mark(
  content: VolumeSnapshotContent,
  { isBeingCreated, edge }: { isBeingCreated: boolean; edge: ContentEdge },
  signal: AbortSignal,
): Promise<void> {
  const changes = { metadata: { annotations: { [annotations.snapshotBeingCreated]: isBeingCreated ? 'yes' : null } } };
  await patchSeen(edge.client, { resource: volumeSnapshotContents, seen: content, changes }, signal);
}
