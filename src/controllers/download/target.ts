// Which file does a DownloadRequest ask for? Velero's kinds of targets, and their keys in its layout.

import type { DownloadRequest } from '../../apis/velero/types.ts';
import { backupKeys, restoreKeys } from '../../backup/layout.ts';

export type Target = NonNullable<DownloadRequest['spec']>['target'];

const backupFiles: Record<string, Exclude<keyof ReturnType<typeof backupKeys>, 'folder' | 'metadata'>> = {
  BackupLog: 'logs',
  BackupContents: 'contents',
  BackupVolumeSnapshots: 'volumeSnapshots',
  BackupItemOperations: 'itemOperations',
  BackupResourceList: 'resourceList',
  BackupResults: 'results',
  BackupVolumeInfos: 'volumeInfo',
  CSIBackupVolumeSnapshots: 'csiVolumeSnapshots',
  CSIBackupVolumeSnapshotContents: 'csiVolumeSnapshotContents',
};

const restoreFiles: Record<string, Exclude<keyof ReturnType<typeof restoreKeys>, 'folder'>> = {
  RestoreLog: 'logs',
  RestoreResults: 'results',
  RestoreResourceList: 'resourceList',
  RestoreItemOperations: 'itemOperations',
  RestoreVolumeInfo: 'volumeInfo',
};

/** A name that an object can have, and that stays in its folder. */
const objectName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The file's key and whose it is; undefined for a target that there can't be. */
export function fileOf({ kind, name }: Target): { key: string; of: 'backup' | 'restore' } | undefined {
  if (!objectName.test(name)) return undefined;
  const ofBackup = Object.hasOwn(backupFiles, kind) ? backupFiles[kind] : undefined;
  if (ofBackup) return { key: backupKeys(name)[ofBackup], of: 'backup' };
  const ofRestore = Object.hasOwn(restoreFiles, kind) ? restoreFiles[kind] : undefined;
  return ofRestore && { key: restoreKeys(name)[ofRestore], of: 'restore' };
}
