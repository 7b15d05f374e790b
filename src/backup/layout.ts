// Which file of a backup or restore has which key? Velero's object-store layout.

/** Top-level folders that Velero allows below a location's prefix; any other makes the location invalid to it. */
export const allowedFolders = ['backups', 'restores', 'restic', 'metadata', 'plugins', 'kopia'] as const;

/** The files of a backup. `metadata` is what makes a backup exist: it is written last and deleted first. */
export function backupKeys(name: string) {
  const folder = `backups/${name}`;
  return {
    folder,
    metadata: `${folder}/velero-backup.json`,
    contents: `${folder}/${name}.tar.gz`,
    logs: `${folder}/${name}-logs.gz`,
    podVolumeBackups: `${folder}/${name}-podvolumebackups.json.gz`,
    volumeSnapshots: `${folder}/${name}-volumesnapshots.json.gz`,
    itemOperations: `${folder}/${name}-itemoperations.json.gz`,
    resourceList: `${folder}/${name}-resource-list.json.gz`,
    results: `${folder}/${name}-results.gz`,
    volumeInfo: `${folder}/${name}-volumeinfo.json.gz`,
    /** Only in backups of older releases of Velero. */
    csiVolumeSnapshots: `${folder}/${name}-csi-volumesnapshots.json.gz`,
    csiVolumeSnapshotContents: `${folder}/${name}-csi-volumesnapshotcontents.json.gz`,
  } as const;
}

/** The files of a restore. */
export function restoreKeys(name: string) {
  const folder = `restores/${name}`;
  return {
    folder,
    logs: `${folder}/restore-${name}-logs.gz`,
    results: `${folder}/restore-${name}-results.gz`,
    resourceList: `${folder}/restore-${name}-resource-list.json.gz`,
    itemOperations: `${folder}/restore-${name}-itemoperations.json.gz`,
    volumeInfo: `${folder}/${name}-volumeinfo.json.gz`,
  } as const;
}

/** The folder of a namespace's restic repository, below the location's folder. */
export function resticFolder(namespace: string): string {
  return `restic/${namespace}`;
}
