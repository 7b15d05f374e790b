// What decides about a backup now? Gathered from the caches, and from the store where only it knows.

import type { VolumeSnapshot } from '../../apis/snapshot/types.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { type Backup, type BackupStorageLocation, veleroKeys } from '../../apis/velero/types.ts';
import { backupKeys } from '../../backup/layout.ts';
import { folderOf, locationNamed, type OpenStore } from '../../backup/location.ts';
import { isMovementTerminal } from '../../backup/movement.ts';
import { ObjectStoreError } from '../../backup/object-store.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import { backupFinalizer, progressOf } from '../../backup/progress.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import type { Informer } from '../../client/types.ts';
import type { BackupView } from './reconcile.ts';
import { validateBackup } from './validate.ts';

export interface BackupCaches {
  backups: Informer<Backup>;
  locations: Informer<BackupStorageLocation>;
  snapshots: Informer<VolumeSnapshot>;
  uploads: Informer<DataUpload>;
}

/** The view of `backup`. Asks the store only before the backup starts. */
export async function backupView(
  backup: Backup,
  { caches, openStore }: { caches: BackupCaches; openStore: OpenStore },
  signal: AbortSignal,
): Promise<BackupView> {
  const phase = backup.status?.phase;
  const isNew = phase === undefined || phase === 'New' || phase === 'Queued' || phase === 'ReadyToStart';
  const location = locationOf(backup, caches);
  const validationErrors = isNew ? await validationErrorsOf(backup, { location, openStore }, signal) : [];
  return {
    phase,
    isDeleting: backup.metadata.deletionTimestamp !== undefined,
    hasFinalizer: backup.metadata.finalizers?.includes(backupFinalizer) ?? false,
    progress: progressOf(backup),
    validationErrors,
    isLocationKnown: location?.status?.phase !== undefined,
    isBlocked: isNew && isBlocked(backup, caches.backups.list(backup.metadata.namespace)),
    snapshotCount: snapshotsOf(backup, caches).length,
    uploads: uploadsOf(backup, caches).map((upload) => ({
      claimUid: upload.metadata.labels?.[veleroKeys.pvcUid] ?? '',
      isFinished: isMovementTerminal(upload.status?.phase),
    })),
  };
}

/** The location that the backup goes to. */
export function locationOf(
  backup: Backup,
  { locations }: Pick<BackupCaches, 'locations'>,
): BackupStorageLocation | undefined {
  return locationNamed(backup.spec?.storageLocation, locations.list(backup.metadata.namespace));
}

/** Snapshots that were made for this backup and still exist. */
export function snapshotsOf(backup: Backup, { snapshots }: Pick<BackupCaches, 'snapshots'>): VolumeSnapshot[] {
  return snapshots
    .list()
    .filter((snapshot) => snapshot.metadata.labels?.[veleroKeys.backupUid] === backup.metadata.uid);
}

/** Uploads that were made for this backup. */
export function uploadsOf(backup: Backup, { uploads }: Pick<BackupCaches, 'uploads'>): DataUpload[] {
  return uploads
    .list(backup.metadata.namespace)
    .filter((upload) => upload.metadata.labels?.[veleroKeys.backupUid] === backup.metadata.uid);
}

/** Labels of everything that is made for a backup. */
export function backupLabels(backup: Backup): Record<string, string> {
  return { [veleroKeys.backupName]: labelValueOf(backup.metadata.name), [veleroKeys.backupUid]: backup.metadata.uid };
}

async function validationErrorsOf(
  backup: Backup,
  { location, openStore }: { location: BackupStorageLocation | undefined; openStore: OpenStore },
  signal: AbortSignal,
): Promise<string[]> {
  const folder = location?.status?.phase === 'Available' ? folderOf(location) : undefined;
  if (!folder || 'error' in folder) return validateBackup({ backup, location, existsInStore: false });
  const store = openStore(folder.path);
  try {
    // The location was looked at up to a minute ago; a full disk should be noticed before the application is quiesced.
    await store.check(signal);
    const existsInStore = await store.exists(backupKeys(backup.metadata.name).metadata, signal);
    return validateBackup({ backup, location, existsInStore });
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return validateBackup({ backup, location, existsInStore: false, storeProblem: error.message });
  }
}

/** One at a time, in the order of their creation. */
function isBlocked(backup: Backup, all: Backup[]): boolean {
  return all.some((other) => {
    if (other.metadata.uid === backup.metadata.uid || hasBackupEnded(other.status?.phase)) return false;
    const hasBegun = other.status?.phase === 'InProgress' || other.status?.phase?.startsWith('Finalizing') === true;
    return hasBegun || age(other) < age(backup);
  });
}

/** Sorts by creation, then by name: creation times have whole seconds. */
function age({ metadata }: Backup): string {
  return `${metadata.creationTimestamp} ${metadata.name}`;
}
