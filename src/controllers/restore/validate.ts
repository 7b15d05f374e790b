// Can a restore be made as its spec says? Pure; messages as Velero words them.

import type { Backup, BackupStorageLocation, Restore, RestoreSpec } from '../../apis/velero/types.ts';
import { folderOf } from '../../backup/location.ts';
import { nonRestorableResources } from '../../backup/restore-order.ts';
import { filterProblems } from '../../backup/selection.ts';

export interface ValidationInput {
  restore: Restore;
  /** The backup that is restored; undefined if there is none of that name or schedule. */
  backup: Backup | undefined;
  location: BackupStorageLocation | undefined;
}

/** Why the restore can't be made; empty if it can. */
export function validateRestore({ restore, backup, location }: ValidationInput): string[] {
  const spec = restore.spec ?? {};
  const problems = [...filterProblems(spec), ...unservedProblems(spec)];
  for (const resource of spec.includedResources ?? []) {
    if (nonRestorableResources.includes(resource)) problems.push(`${resource} are non-restorable resources`);
  }
  if (spec.existingResourcePolicy && !['none', 'update'].includes(spec.existingResourcePolicy)) {
    problems.push(
      `Invalid value for spec.existingResourcePolicy: found "${spec.existingResourcePolicy}", allowed are "none" and "update"`,
    );
  }
  if (Boolean(spec.backupName) === Boolean(spec.scheduleName)) {
    problems.push('Either a backup or schedule must be specified as a source for the restore, but not both');
  } else {
    problems.push(...sourceProblems(spec, backup, location));
  }
  return problems;
}

function sourceProblems(
  spec: RestoreSpec,
  backup: Backup | undefined,
  location: BackupStorageLocation | undefined,
): string[] {
  if (!backup) {
    return [
      spec.scheduleName
        ? 'No completed backups found for schedule'
        : `Error retrieving backup: backup "${spec.backupName}" not found`,
    ];
  }
  const phase = backup.status?.phase;
  if (phase !== 'Completed' && phase !== 'PartiallyFailed') {
    return [
      `Cannot restore backup "${backup.metadata.name}": it is ${phase ?? 'New'}, not Completed or PartiallyFailed`,
    ];
  }
  if (!location)
    return [
      `Error retrieving backup storage location: backupstoragelocations.velero.io "${backup.spec?.storageLocation ?? ''}" not found`,
    ];
  const folder = folderOf(location);
  if ('error' in folder) return [folder.error];
  if (location.status?.phase === 'Unavailable') {
    return [
      `The BSL ${location.metadata.name} is unavailable, cannot retrieve the backup${location.status.message ? `: ${location.status.message}` : ''}`,
    ];
  }
  return [];
}

/** What would be left out silently is refused. */
function unservedProblems(spec: RestoreSpec): string[] {
  const unserved = (['resourceModifier', 'resourcePolicy', 'restoreStatus'] as const).filter((field) => spec[field]);
  const problems = unserved.map((field) => `spec.${field} is not served`);
  const hooks = spec.hooks as { resources?: unknown[] } | undefined;
  return hooks?.resources?.length ? [...problems, 'spec.hooks is not served'] : problems;
}
