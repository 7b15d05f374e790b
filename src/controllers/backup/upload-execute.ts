// What does an upload do that a download does not? Makes a claim from the snapshot for its mover to read.

import { isStatus } from '../../apimachinery/status-error.ts';
import { persistentVolumeClaims, pods } from '../../apis/resources.ts';
import { volumeSnapshotContents, volumeSnapshots } from '../../apis/snapshot/types.ts';
import type { DataUpload, DataUploadStatus } from '../../apis/velero/data-types.ts';
import { dataUploads } from '../../apis/velero/resources.ts';
import { createIfMissing, type MovementEdge, removeIfThere, type Way } from '../../backup/movement-execute.ts';
import { moverPodName } from '../../backup/movement-object.ts';
import { moverPod } from '../../backup/mover-pod.ts';
import type { MoverSuccess } from '../../backup/mover-result.ts';
import { credentialsSecret, ensurePassword, passwordKey } from '../../backup/repository-password.ts';
import type { Random } from '../../base/random.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client } from '../../client/types.ts';
import { ensureRepository } from './repository.ts';
import {
  claimFromSnapshot,
  contentAlias,
  ownedBy,
  snapshotAlias,
  uploadFinalizer,
  uploadLabel,
} from './upload-draft.ts';

export interface Upload {
  upload: DataUpload;
  edge: MovementEdge & { random: Random };
  /** The location's folder; undefined if it has none. */
  locationPath: string | undefined;
}

/** How `upload` goes. */
export function uploadWay(run: Upload): Way<DataUpload> {
  return {
    resource: dataUploads,
    noun: 'upload',
    finalizer: uploadFinalizer,
    expose: (attempt, signal) => expose(run, attempt, signal),
    finish: async (result, signal) => {
      await ensureRepository(run.edge.client, { upload: run.upload, locationPath: run.locationPath ?? '' }, signal);
      return stored(result);
    },
    cleanUp: (signal) => cleanUp(run, signal),
  };
}

function stored(result: MoverSuccess): DataUploadStatus {
  return {
    snapshotID: result.snapshotId ?? '',
    incrementalBytes: result.bytesAdded,
    path: '/',
    dataMoverResult: { resticVersion: result.resticVersion, ...(result.root && { root: result.root }) },
  };
}

/** Makes whatever is missing between the snapshot and the mover. */
async function expose(
  { upload, edge, locationPath }: Upload,
  attempt: number,
  signal: AbortSignal,
): Promise<Outcome | { failure: string }> {
  const { spec, metadata } = upload;
  const { client } = edge;
  if (!spec?.csiSnapshot) return { failure: 'The upload names no CSI snapshot' };
  const repository = { location: spec.backupStorageLocation, namespace: spec.sourceNamespace };
  await ensurePassword(client, { repository, random: edge.random }, signal);
  const source = await snapshotHandleOf(upload, client, signal);
  if (!source) return { failure: `Snapshot ${spec.sourceNamespace}/${spec.csiSnapshot.volumeSnapshot} is gone` };
  // The storage has cut the snapshot, but has not said yet what it is called.
  if (source === 'pending') return { requeue: 'after', delayMs: 100 };
  await createIfMissing(client, { resource: volumeSnapshotContents, draft: contentAlias(upload, source) }, signal);
  await createIfMissing(client, { resource: volumeSnapshots, draft: snapshotAlias(upload) }, signal);
  await createIfMissing(client, { resource: persistentVolumeClaims, draft: claimFromSnapshot(upload) }, signal);
  const mover = moverPod({
    name: moverPodName(upload, attempt),
    namespace: metadata.namespace ?? '',
    owner: ownedBy(upload),
    labels: { [uploadLabel]: metadata.name },
    claimName: metadata.name,
    source: { namespace: spec.sourceNamespace, claimName: spec.sourcePVC },
    locationPath: locationPath ?? '',
    password: { secretName: credentialsSecret, key: passwordKey(repository) },
    work: { type: 'upload', tag: `upload=${metadata.uid}` },
  });
  await createIfMissing(client, { resource: pods, draft: mover }, signal);
  // The mover's pod wakes this upload.
  return { requeue: 'never' };
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

async function cleanUp({ upload, edge: { client } }: Upload, signal: AbortSignal): Promise<boolean> {
  const { name, namespace, uid } = upload.metadata;
  await removeIfThere(client, { resource: persistentVolumeClaims, at: { namespace, name } }, signal);
  await removeIfThere(client, { resource: volumeSnapshots, at: { namespace, name } }, signal);
  await removeIfThere(client, { resource: volumeSnapshotContents, at: { name: `velero-${uid}` } }, signal);
  return true;
}
