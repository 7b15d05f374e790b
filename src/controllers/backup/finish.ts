// What is written to the store, and when? The objects right after the snapshots; everything else when the data
// is moved; `velero-backup.json` last, because with it the backup exists.

import { apiVersionOf } from '../../apimachinery/meta.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backups, dataUploads } from '../../apis/velero/resources.ts';
import type { Backup, BackupStatus } from '../../apis/velero/types.ts';
import { gzipJson, gzipText, type LogEntry, logText, messagesOf } from '../../backup/documents.ts';
import { type BackupItem, itemOf, resourceList } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import type { ObjectStore } from '../../backup/object-store.ts';
import { uploadOperation } from '../../backup/operations.ts';
import { type BackupProgress, progressAnnotation } from '../../backup/progress.ts';
import { readTarball, writeTarball } from '../../backup/tarball.ts';
import { logOf, problemsOf, volumeInfo } from './record.ts';

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
  await store.put(keys.logs, await gzipText(logText(logOf(options, { listed, phase: status.phase ?? '' }))), signal);
  await store.put(keys.results, await gzipJson(results), signal);
  await store.put(keys.resourceList, await gzipJson(resourceList(listed.map((item) => ({ item })))), signal);
  await store.put(
    keys.volumeInfo,
    await gzipJson(progress.volumes.map((volume) => volumeInfo(volume, uploads))),
    signal,
  );
  await store.put(
    keys.itemOperations,
    await gzipJson(uploads.map((upload) => uploadOperation(backup, upload))),
    signal,
  );
  await store.put(keys.podVolumeBackups, await gzipJson([]), signal);
  await store.put(keys.volumeSnapshots, await gzipJson([]), signal);
  const { [progressAnnotation]: _progress, ...annotations } = backup.metadata.annotations ?? {};
  const metadata = { ...backup.metadata, annotations, finalizers: undefined, managedFields: undefined };
  const document = { ...backup, apiVersion: apiVersionOf(backups), kind: backups.kind, metadata, status };
  await store.put(keys.metadata, Buffer.from(JSON.stringify(document)), signal);
  return status;
}

/** Leaves of a failed backup what it did and why it failed, and nothing else. Rejects with ObjectStoreError. */
export async function recordFailure(options: FinishOptions & { message: string }, signal: AbortSignal): Promise<void> {
  const { backup, progress, store, message, now } = options;
  await discardBackup(store, backup.metadata.name, signal);
  const keys = backupKeys(backup.metadata.name);
  const failed: LogEntry = { time: now, level: 'error', message };
  const log = [...logOf(options, { listed: [], phase: 'Failed' }), failed];
  const errors = progress.errors.length > 0 ? progress.errors : [{ message }];
  const results = { errors: messagesOf(errors), warnings: messagesOf(progress.warnings) };
  await store.put(keys.logs, await gzipText(logText(log)), signal);
  await store.put(keys.results, await gzipJson(results), signal);
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
