// What decides about a restore now? Gathered from the caches.

import type { DataDownload } from '../../apis/velero/data-types.ts';
import { type Backup, type BackupStorageLocation, type Restore, veleroKeys } from '../../apis/velero/types.ts';
import { locationNamed } from '../../backup/location.ts';
import { isMovementTerminal } from '../../backup/movement.ts';
import type { Informer } from '../../client/types.ts';
import { downloadFinalizer } from './download-draft.ts';
import { progressOf } from './progress.ts';
import type { RestoreView } from './reconcile.ts';
import { validateRestore } from './validate.ts';

export interface RestoreCaches {
  restores: Informer<Restore>;
  backups: Informer<Backup>;
  locations: Informer<BackupStorageLocation>;
  downloads: Informer<DataDownload>;
}

export function restoreView(restore: Restore, caches: RestoreCaches): RestoreView {
  const phase = restore.status?.phase;
  const isNew = phase === undefined || phase === 'New';
  const backup = backupOf(restore, caches);
  const location = backup && locationOf(backup, caches);
  const { hasFoundation, failure } = progressOf(restore);
  return {
    phase,
    isDeleting: restore.metadata.deletionTimestamp !== undefined,
    validationErrors: isNew ? validateRestore({ restore, backup, location }) : [],
    isLocationKnown: location?.status?.phase !== undefined,
    hasFoundation,
    failure,
    downloads: downloadsOf(restore, caches).map(({ metadata, status }) => ({
      isFinished: isMovementTerminal(status?.phase),
      isCleaningUp: metadata.finalizers?.includes(downloadFinalizer) ?? false,
    })),
  };
}

/** The backup that is restored: the named one, or the newest whole one of the schedule. */
export function backupOf({ metadata, spec }: Restore, { backups }: Pick<RestoreCaches, 'backups'>): Backup | undefined {
  if (spec?.backupName) return backups.get(`${metadata.namespace}/${spec.backupName}`);
  if (!spec?.scheduleName) return undefined;
  const started = (backup: Backup): string => backup.status?.startTimestamp ?? '';
  return backups
    .list(metadata.namespace)
    .filter((backup) => backup.metadata.labels?.[veleroKeys.scheduleName] === spec.scheduleName)
    .filter((backup) => backup.status?.phase === 'Completed')
    .sort((a, b) => (started(a) < started(b) ? 1 : -1))[0];
}

/** Where the backup is kept. */
export function locationOf(
  backup: Backup,
  { locations }: Pick<RestoreCaches, 'locations'>,
): BackupStorageLocation | undefined {
  return locationNamed(backup.spec?.storageLocation, locations.list(backup.metadata.namespace));
}

/** Downloads that were made for this restore. */
export function downloadsOf({ metadata }: Restore, { downloads }: Pick<RestoreCaches, 'downloads'>): DataDownload[] {
  return downloads
    .list(metadata.namespace)
    .filter((download) => download.metadata.labels?.[veleroKeys.restoreUid] === metadata.uid);
}
