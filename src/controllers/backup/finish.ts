// What is written to the store, and when? The objects right after the snapshots; everything else when the data
// is moved; `velero-backup.json` last, because with it the backup exists.

import { apiVersionOf } from '../../apimachinery/meta.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backups, dataUploads } from '../../apis/velero/resources.ts';
import { type Backup, type BackupStatus, veleroKeys } from '../../apis/velero/types.ts';
import { gzipJson, gzipText, logLine, messagesOf, type Problem, type VolumeInfo } from '../../backup/documents.ts';
import { type BackupItem, itemOf, resourceList } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import type { ObjectStore } from '../../backup/object-store.ts';
import { uploadAction } from '../../backup/plugins.ts';
import { type BackupProgress, progressAnnotation, quiesceRecordsOf, type VolumeRecord } from '../../backup/progress.ts';
import { readTarball, writeTarball } from '../../backup/tarball.ts';

export interface FinishOptions {
  backup: Backup;
  progress: BackupProgress;
  uploads: DataUpload[];
  store: ObjectStore;
  /** RFC 3339. */
  now: string;
}

/** Stores the objects of a backup. It does not exist by that: its metadata is missing. */
export async function stageItems(
  { backup, items, store }: { backup: Backup; items: BackupItem[]; store: ObjectStore },
  signal: AbortSignal,
): Promise<void> {
  await store.put(backupKeys(backup.metadata.name).contents, writeTarball(items), signal);
}

/** The status that a backup whose data is moved ends with. */
export function finalStatus({ backup, progress, uploads, now }: Omit<FinishOptions, 'store'>): BackupStatus {
  const errors = problemsOf(progress, uploads);
  const completed = uploads.filter((upload) => upload.status?.phase === 'Completed').length;
  return {
    ...backup.status,
    phase: errors.length > 0 ? 'PartiallyFailed' : 'Completed',
    completionTimestamp: now,
    errors: errors.length,
    warnings: progress.warnings.length,
    hookStatus: { hooksAttempted: progress.hooksAttempted, hooksFailed: progress.hooksFailed },
    progress: { totalItems: progress.totalItems, itemsBackedUp: progress.totalItems },
    csiVolumeSnapshotsAttempted: progress.volumes.length,
    csiVolumeSnapshotsCompleted: progress.volumes.length,
    backupItemOperationsAttempted: progress.volumes.length,
    backupItemOperationsCompleted: completed,
    backupItemOperationsFailed: progress.volumes.length - completed,
  };
}

/** Writes all files of a backup, the metadata last. May be repeated. Rejects with ObjectStoreError. */
export async function storeBackup(options: FinishOptions, signal: AbortSignal): Promise<BackupStatus> {
  const { backup, progress, uploads, store } = options;
  const keys = backupKeys(backup.metadata.name);
  const status = finalStatus(options);
  const listed: BackupItem[] = [];
  await store.put(keys.contents, writeTarball(withUploads(options, listed, signal)), signal);
  const results = { errors: messagesOf(problemsOf(progress, uploads)), warnings: messagesOf(progress.warnings) };
  await store.put(keys.logs, await gzipText(logOf(options, status)), signal);
  await store.put(keys.results, await gzipJson(results), signal);
  await store.put(keys.resourceList, await gzipJson(resourceList(listed.map((item) => ({ item })))), signal);
  await store.put(
    keys.volumeInfo,
    await gzipJson(progress.volumes.map((volume) => volumeInfo(volume, uploads))),
    signal,
  );
  await store.put(keys.itemOperations, await gzipJson(uploads.map((upload) => itemOperation(backup, upload))), signal);
  await store.put(keys.podVolumeBackups, await gzipJson([]), signal);
  await store.put(keys.volumeSnapshots, await gzipJson([]), signal);
  const { [progressAnnotation]: _progress, ...annotations } = backup.metadata.annotations ?? {};
  const metadata = { ...backup.metadata, annotations, finalizers: undefined, managedFields: undefined };
  const document = { ...backup, apiVersion: apiVersionOf(backups), kind: backups.kind, metadata, status };
  await store.put(keys.metadata, Buffer.from(JSON.stringify(document)), signal);
  return status;
}

/** Removes what a failed backup left, its metadata first. */
export async function discardBackup(store: ObjectStore, name: string, signal: AbortSignal): Promise<void> {
  const keys = backupKeys(name);
  await store.remove(keys.metadata, signal);
  await store.remove(keys.folder, signal);
}

/** The staged items, and the uploads with their results: from them a restore knows where the data is. */
async function* withUploads(
  { backup, uploads, store }: FinishOptions,
  listed: BackupItem[],
  signal: AbortSignal,
): AsyncGenerator<BackupItem> {
  const uploadItems = uploads.map((upload) => itemOf(dataUploads, upload));
  const staged = await store.get(backupKeys(backup.metadata.name).contents, signal);
  for await (const item of readTarball(staged)) {
    // A crash may have left a tarball that holds them already.
    if (item.groupResource === 'datauploads.velero.io') continue;
    listed.push(item);
    yield item;
  }
  listed.push(...uploadItems);
  yield* uploadItems;
}

function problemsOf(progress: BackupProgress, uploads: DataUpload[]): Problem[] {
  const failed = uploads
    .filter((upload) => upload.status?.phase !== 'Completed')
    .map(({ spec, status }) => ({
      namespace: spec?.sourceNamespace ?? '',
      message: `The data of claim ${spec?.sourceNamespace}/${spec?.sourcePVC} was not stored: ${status?.message ?? status?.phase}`,
    }));
  return [...progress.errors, ...failed];
}

function volumeInfo(volume: VolumeRecord, uploads: DataUpload[]): VolumeInfo {
  const upload = uploads.find((each) => each.metadata.labels?.[veleroKeys.pvcUid] === volume.claimUid);
  const { startTimestamp, completionTimestamp } = upload?.status ?? {};
  return {
    pvcName: volume.claimName,
    pvcNamespace: volume.namespace,
    pvName: volume.volumeName,
    backupMethod: 'CSISnapshot',
    snapshotDataMoved: true,
    preserveLocalSnapshot: false,
    skipped: false,
    ...(startTimestamp && { startTimestamp }),
    ...(completionTimestamp && { completionTimestamp }),
    result: upload?.status?.phase === 'Completed' ? 'succeeded' : 'failed',
    snapshotDataMovementInfo: {
      dataMover: 'amarre.io/restic',
      uploaderType: 'restic',
      snapshotHandle: upload?.status?.snapshotID ?? '',
      operationID: upload?.metadata.name ?? '',
      size: upload?.status?.progress?.totalBytes ?? 0,
      Phase: upload?.status?.phase ?? '',
    },
  };
}

function itemOperation(backup: Backup, { metadata, spec, status }: DataUpload): unknown {
  return {
    spec: {
      backupName: backup.metadata.name,
      backupUID: backup.metadata.uid,
      backupItemAction: uploadAction,
      resourceIdentifier: {
        Group: '',
        Resource: 'persistentvolumeclaims',
        Namespace: spec?.sourceNamespace,
        Name: spec?.sourcePVC,
      },
      operationID: metadata.name,
    },
    status: {
      operationPhase: status?.phase === 'Completed' ? 'Completed' : 'Failed',
      ...(status?.message && { error: status.message }),
      nCompleted: status?.progress?.bytesDone ?? 0,
      nTotal: status?.progress?.totalBytes ?? 0,
      operationUnits: 'Bytes',
      created: metadata.creationTimestamp,
      ...(status?.startTimestamp && { started: status.startTimestamp }),
    },
  };
}

function logOf({ backup, progress, uploads, now }: FinishOptions, status: BackupStatus): string {
  const started = backup.status?.startTimestamp ?? now;
  return [
    logLine(started, 'info', `Backup ${backup.metadata.name} started`),
    ...quiesceRecordsOf(backup).map((record) =>
      logLine(
        record.postEnd ?? now,
        'info',
        `Pod ${record.pod} was quiesced from ${record.preStart} to ${record.postEnd ?? 'an unknown time'}`,
      ),
    ),
    ...progress.warnings.map(({ message }) => logLine(now, 'warning', message)),
    ...uploads.map(({ metadata, spec, status: upload }) =>
      logLine(
        upload?.completionTimestamp ?? now,
        'info',
        `Claim ${spec?.sourceNamespace}/${spec?.sourcePVC}: DataUpload ${metadata.name} ${upload?.phase}`,
      ),
    ),
    ...problemsOf(progress, uploads).map(({ message }) => logLine(now, 'error', message)),
    logLine(now, 'info', `Backup ended ${status.phase} with ${progress.totalItems} items`),
  ].join('');
}
