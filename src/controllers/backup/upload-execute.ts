// How is a step of an upload carried out?

import type { Draft, KubeObject, Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { persistentVolumeClaims, pods } from '../../apis/resources.ts';
import { volumeSnapshotContents, volumeSnapshots } from '../../apis/snapshot/types.ts';
import type { DataUpload, DataUploadStatus } from '../../apis/velero/data-types.ts';
import { dataUploads } from '../../apis/velero/resources.ts';
import { type MovementStep, moverAttemptsMax } from '../../backup/movement.ts';
import { moverPod } from '../../backup/mover-pod.ts';
import type { MoverSuccess } from '../../backup/mover-result.ts';
import { removeResults } from '../../backup/mover-state.ts';
import type { ObjectStore } from '../../backup/object-store.ts';
import { credentialsSecret, ensurePassword, passwordKey } from '../../backup/repository-password.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { type Changes, patchSeen, withoutFinalizer } from '../../client/write-seen.ts';
import { ensureRepository } from './repository.ts';
import {
  attemptsAnnotation,
  claimFromSnapshot,
  contentAlias,
  moverPodName,
  ownedBy,
  snapshotAlias,
  uploadFinalizer,
  uploadLabel,
} from './upload-draft.ts';

export interface UploadEdge {
  client: Client;
  clock: Clock;
  random: Random;
  recorder: Recorder;
}

export interface UploadRun {
  upload: DataUpload;
  edge: UploadEdge;
  /** The location's folder and its store; undefined if it has none. */
  locationPath: string | undefined;
  store: ObjectStore | undefined;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Carries out one step. Rejects as Client does. */
export async function executeUploadStep(step: MovementStep, run: UploadRun, signal: AbortSignal): Promise<Outcome> {
  const { upload, edge } = run;
  const time = rfc3339(edge.clock.now());
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      return { requeue: 'after', delayMs: step.retryAfterMs };
    case 'Accept':
      return setStatus(run, { phase: 'Accepted', acceptedTimestamp: time }, signal);
    case 'Expose':
      return expose(run, step.attempt, signal);
    case 'MarkRunning':
      return setStatus(
        run,
        { phase: 'InProgress', node: step.nodeName, startTimestamp: upload.status?.startTimestamp ?? time },
        signal,
      );
    case 'Retry':
      edge.recorder.event(upload, { type: 'Warning', reason: 'MoverFailed', message: step.why });
      return patch(run, { metadata: { annotations: { [attemptsAnnotation]: String(step.attempt) } } }, signal);
    case 'Finish':
      await ensureRepository(edge.client, { upload, locationPath: run.locationPath ?? '' }, signal);
      return setStatus(run, completed(step.result, time), signal);
    case 'Fail':
      edge.recorder.event(upload, { type: 'Warning', reason: 'DataUploadFailed', message: step.message });
      return setStatus(run, { phase: 'Failed', message: step.message, completionTimestamp: time }, signal);
    case 'Cancel':
      return setStatus(
        run,
        { phase: 'Canceled', message: 'The upload was cancelled', completionTimestamp: time },
        signal,
      );
    case 'CleanUp':
      return cleanUp(run, signal);
    default:
      return step satisfies never;
  }
}

function completed(result: MoverSuccess, time: string): DataUploadStatus {
  return {
    phase: 'Completed',
    snapshotID: result.snapshotId ?? '',
    completionTimestamp: time,
    progress: { totalBytes: result.bytes, bytesDone: result.bytes },
    incrementalBytes: result.bytesAdded,
    path: '/',
    dataMoverResult: { resticVersion: result.resticVersion, ...(result.root && { root: result.root }) },
  };
}

async function patch({ upload, edge }: UploadRun, changes: Changes, signal: AbortSignal): Promise<Outcome> {
  await patchSeen(edge.client, { resource: dataUploads, seen: upload, changes }, signal);
  return now;
}

async function setStatus(run: UploadRun, status: DataUploadStatus, signal: AbortSignal): Promise<Outcome> {
  return patch(run, { status: { ...status } }, signal);
}

/** Makes whatever is missing between the snapshot and the mover. */
async function expose(run: UploadRun, attempt: number, signal: AbortSignal): Promise<Outcome> {
  const { upload, edge } = run;
  const { spec, metadata } = upload;
  if (!spec?.csiSnapshot)
    return setStatus(run, { phase: 'Failed', message: 'The upload names no CSI snapshot' }, signal);
  const repository = { location: spec.backupStorageLocation, namespace: spec.sourceNamespace };
  await ensurePassword(edge.client, { repository, random: edge.random }, signal);
  const source = await snapshotHandleOf(upload, edge.client, signal);
  if (!source) {
    return setStatus(
      run,
      { phase: 'Failed', message: `Snapshot ${spec.sourceNamespace}/${spec.csiSnapshot.volumeSnapshot} is gone` },
      signal,
    );
  }
  // The storage has cut the snapshot, but has not said yet what it is called.
  if (source === 'pending') return { requeue: 'after', delayMs: 100 };
  await create(edge.client, { resource: volumeSnapshotContents, draft: contentAlias(upload, source) }, signal);
  await create(edge.client, { resource: volumeSnapshots, draft: snapshotAlias(upload) }, signal);
  await create(edge.client, { resource: persistentVolumeClaims, draft: claimFromSnapshot(upload) }, signal);
  const mover = moverPod({
    name: moverPodName(upload, attempt),
    namespace: metadata.namespace ?? '',
    owner: ownedBy(upload),
    labels: { [uploadLabel]: metadata.name },
    claimName: metadata.name,
    source: { namespace: spec.sourceNamespace, claimName: spec.sourcePVC },
    locationPath: run.locationPath ?? '',
    password: { secretName: credentialsSecret, key: passwordKey(repository) },
    work: { type: 'upload', tag: `upload=${metadata.uid}` },
  });
  await create(edge.client, { resource: pods, draft: mover }, signal);
  // The mover's pod wakes this upload.
  return never;
}

async function snapshotHandleOf(
  { spec }: DataUpload,
  client: Client,
  signal: AbortSignal,
): Promise<{ driver: string; snapshotHandle: string } | 'pending' | undefined> {
  try {
    const at = { namespace: spec?.sourceNamespace, name: spec?.csiSnapshot?.volumeSnapshot ?? '' };
    const { status } = await client.get(volumeSnapshots, at, signal);
    if (!status?.boundVolumeSnapshotContentName) return 'pending';
    const content = await client.get(volumeSnapshotContents, { name: status.boundVolumeSnapshotContentName }, signal);
    const snapshotHandle = content.status?.snapshotHandle;
    return snapshotHandle ? { driver: content.spec.driver, snapshotHandle } : 'pending';
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function cleanUp(run: UploadRun, signal: AbortSignal): Promise<Outcome> {
  const { upload, edge } = run;
  const { name, namespace, uid } = upload.metadata;
  const podNames = Array.from({ length: moverAttemptsMax }, (_, attempt) => moverPodName(upload, attempt));
  for (const podName of podNames) {
    await remove(edge.client, { resource: pods, at: { namespace, name: podName } }, signal);
  }
  await removeResults(run.store, podNames, signal);
  await remove(edge.client, { resource: persistentVolumeClaims, at: { namespace, name } }, signal);
  await remove(edge.client, { resource: volumeSnapshots, at: { namespace, name } }, signal);
  await remove(edge.client, { resource: volumeSnapshotContents, at: { name: `velero-${uid}` } }, signal);
  return patch(run, { metadata: { finalizers: withoutFinalizer(upload, uploadFinalizer) } }, signal);
}

async function create<T extends KubeObject>(
  client: Client,
  { resource, draft }: { resource: Resource<T>; draft: Draft<T> },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(resource, draft, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

async function remove<T extends KubeObject>(
  client: Client,
  target: { resource: Resource<T>; at: { namespace?: string | undefined; name: string } },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.delete(target.resource, { at: target.at }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
