// Can a backup be made as its spec says? Pure; messages as Velero words them, with the reason found.

import { type Backup, type BackupSpec, type BackupStorageLocation } from '../../apis/velero/types.ts';
import { msOfDuration } from '../../backup/duration.ts';
import { folderOf } from '../../backup/location.ts';
import { moverName } from '../../backup/movement-object.ts';
import { filterProblems } from '../../backup/selection.ts';

export interface ValidationInput {
  backup: Backup;
  /** The location that the backup names, or the default one; undefined if there is none. */
  location: BackupStorageLocation | undefined;
  /** The store already holds a backup of this name. */
  existsInStore: boolean;
  /** Why the store can't be written now. */
  storeProblem?: string;
}

/** Why the backup can't be made; empty if it can. */
export function validateBackup({ backup, location, existsInStore, storeProblem }: ValidationInput): string[] {
  const spec = backup.spec ?? {};
  const problems = [...filterProblems(spec), ...durationProblems(spec), ...unservedProblems(spec)];
  problems.push(...locationProblems(spec.storageLocation, location));
  if (storeProblem !== undefined) problems.push(`backup can't be created: ${storeProblem}`);
  if (existsInStore) problems.push('backup already exists in object storage');
  return problems;
}

function locationProblems(name: string | undefined, location: BackupStorageLocation | undefined): string[] {
  if (!location) {
    return [
      name
        ? `a BackupStorageLocation CRD with the name specified in the backup spec needs to be created before this backup can be executed. Error: backupstoragelocations.velero.io "${name}" not found`
        : "an existing backup storage location wasn't specified at backup creation time and the default 'default' wasn't found. Please address this issue (see `velero backup-location -h` for options) and create a new backup",
    ];
  }
  const folder = folderOf(location);
  if ('error' in folder) return [folder.error];
  if (location.spec?.accessMode === 'ReadOnly') {
    return [
      `backup can't be created because backup storage location ${location.metadata.name} is currently in read-only mode`,
    ];
  }
  if (location.status?.phase === 'Unavailable') {
    const why = location.status.message ? `: ${location.status.message}` : '';
    return [
      `backup can't be created because BackupStorageLocation ${location.metadata.name} is in Unavailable status${why}`,
    ];
  }
  return [];
}

function durationProblems(spec: BackupSpec): string[] {
  return (['ttl', 'csiSnapshotTimeout', 'itemOperationTimeout'] as const).flatMap((field) => {
    const value = spec[field];
    if (!value || msOfDuration(value) !== undefined) return [];
    return [`Invalid value for spec.${field}: found ${JSON.stringify(value)}, which is not a duration such as "30m"`];
  });
}

/** What would be left out silently is refused. */
function unservedProblems(spec: BackupSpec): string[] {
  const problems: string[] = [];
  if (spec.snapshotMoveData === false && spec.snapshotVolumes !== false) {
    problems.push(
      'spec.snapshotMoveData: false is not served: volume data always goes into the backup storage location',
    );
  }
  if (spec.defaultVolumesToFsBackup || spec.defaultVolumesToRestic) {
    problems.push('spec.defaultVolumesToFsBackup is not served: volumes are backed up from snapshots');
  }
  if (spec.datamover && ![moverName, 'velero'].includes(spec.datamover)) {
    problems.push(`spec.datamover "${spec.datamover}" is not served: volume data is moved by "${moverName}"`);
  }
  if (spec.resourcePolicy) problems.push('spec.resourcePolicy is not served');
  return problems;
}
