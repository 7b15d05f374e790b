// What does the backup hold for this restore? Read from the store, and planned.

import type { Backup, Restore } from '../../apis/velero/types.ts';
import type { BackupItem } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import type { OpenStore } from '../../backup/location.ts';
import { folderOf } from '../../backup/location.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import { planRestore, type RestorePlan } from '../../backup/restore-plan.ts';
import { readTarball, TarballError } from '../../backup/tarball.ts';
import { backupOf, locationOf, type RestoreCaches } from './view.ts';

export interface Contents {
  backup: Backup;
  store: ObjectStore;
  /** Name of the location that the backup is read from. */
  location: string;
  plan: RestorePlan;
}

/** The backup's contents, or why they can't be read. */
export async function readContents(
  restore: Restore,
  { caches, openStore }: { caches: RestoreCaches; openStore: OpenStore },
  signal: AbortSignal,
): Promise<Contents | { failure: string }> {
  const backup = backupOf(restore, caches);
  if (!backup) return { failure: `Backup "${restore.spec?.backupName}" is gone` };
  const location = locationOf(backup, caches);
  const folder = location
    ? folderOf(location)
    : { error: `Backup storage location "${backup.spec?.storageLocation}" is gone` };
  if ('error' in folder) return { failure: folder.error };
  const store = openStore(folder.path);
  try {
    const items: BackupItem[] = [];
    for await (const item of readTarball(await store.get(backupKeys(backup.metadata.name).contents, signal)))
      items.push(item);
    return { backup, store, location: location?.metadata.name ?? '', plan: planRestore(items, restore.spec ?? {}) };
  } catch (error) {
    if (error instanceof TarballError || error instanceof ObjectStoreError) return { failure: error.message };
    throw error;
  }
}
