// How are backups made, repeated and restored by kubectl alone? By the objects that Velero's own command would make.

import type { Backup, BackupSpec, Schedule } from '../../apis/velero/types.ts';
import { veleroKeys, veleroNamespace } from '../../apis/velero/types.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { create, kubectl } from './commands.ts';

const apiVersion = 'velero.io/v1';

/** Makes a backup of one namespace, in the default place. */
export function backUpNamespace(snapshot: Snapshot, namespace: string): string {
  return makeBackup(`${namespace}-`, { namespace: serverNamespace(snapshot) }, { includedNamespaces: [namespace] });
}

/** Makes a backup each night at two. */
export function backUpDaily(snapshot: Snapshot, namespace: string): string {
  return create({
    apiVersion,
    kind: 'Schedule',
    metadata: { name: `${namespace}-daily`, namespace: serverNamespace(snapshot) },
    spec: { schedule: '0 2 * * *', template: { includedNamespaces: [namespace] } },
  });
}

/**
 * Makes the schedule's backup now. Source: velero pkg/builder/backup_builder.go, FromSchedule.
 * `changes` to its template concern this one backup.
 */
export function backUpNow({ metadata, spec }: Schedule, changes: BackupSpec = {}): string {
  const { metadata: own, ...template } = spec?.template ?? {};
  const labels = { ...(own?.labels ?? metadata.labels), [veleroKeys.scheduleName]: metadata.name };
  return makeBackup(`${metadata.name}-`, { namespace: metadata.namespace, labels }, { ...template, ...changes });
}

/** Makes a backup like that one, which somebody made by hand. */
export function backUpAgain({ metadata, spec = {} }: Backup): string {
  return makeBackup(`${metadata.name}-again-`, { namespace: metadata.namespace }, spec);
}

function makeBackup(generateName: string, metadata: object, spec: BackupSpec): string {
  return create({ apiVersion, kind: 'Backup', metadata: { generateName, ...metadata }, spec });
}

/** Restores one namespace of the backup as another, which is made. */
export function restoreAs({ metadata }: Backup, { namespace, as }: { namespace: string; as: string }): string {
  return create({
    apiVersion,
    kind: 'Restore',
    metadata: { generateName: `${metadata.name}-`, namespace: metadata.namespace },
    spec: { backupName: metadata.name, includedNamespaces: [namespace], namespaceMapping: { [namespace]: as } },
  });
}

/** Lets a paused schedule run again. */
export function unpause({ metadata: { namespace, name } }: Schedule): string {
  return kubectl(['patch', 'schedule.velero.io', name, '--type=merge', '-p', '{"spec":{"paused":false}}'], namespace);
}

/** Shows the backups, the newest last. */
export function listBackups(namespace: string | undefined): string {
  return kubectl(['get', 'backups.velero.io', '--sort-by=.status.startTimestamp'], namespace);
}

/** Where the server of the cluster keeps its objects. */
export function serverNamespace(snapshot: Snapshot): string {
  const [known] = [...snapshot.all('backupLocations'), ...snapshot.all('schedules'), ...snapshot.all('backups')];
  return known?.metadata.namespace ?? veleroNamespace;
}
