// Which schedules make copies of a claim, which backups came of them, and how is the data taken?

import { controllerOf } from '../../apimachinery/meta.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { type Backup, type BackupSpec, type Schedule, veleroKeys } from '../../apis/velero/types.ts';
import { epochMsOf } from '../../base/clock.ts';
import { isIncluded, selectsClaim } from './copies.ts';
import type { Snapshot } from './snapshot.ts';

/** Makes backups by itself. */
export function isActive({ spec, status }: Schedule): boolean {
  return status?.phase === 'Enabled' && !spec?.paused;
}

/** Does the cluster use Velero's kinds at all? Without one of them the doctor knows of no copies. */
export function usesBackups(snapshot: Snapshot): boolean {
  return snapshot.all('schedules').length + snapshot.all('backups').length > 0;
}

/** Its backups by start, newest first; one that has not started yet comes first. */
export function backupsOfSchedule(snapshot: Snapshot, schedule: Schedule): readonly Backup[] {
  const { namespace, name } = schedule.metadata;
  return snapshot.remember(`backupsOfSchedule ${namespace}/${name}`, () =>
    snapshot
      .where('backups', {
        index: 'backupsOfSchedule',
        key: `${namespace}/${name}`,
        keysOf: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[veleroKeys.scheduleName] ?? ''}`],
      })
      .toSorted((a, b) => startMs(b) - startMs(a)),
  );
}

/** When it started, or was asked for; ms since the epoch. */
export function startMs({ status, metadata }: Backup): number {
  return epochMsOf(status?.startTimestamp ?? metadata.creationTimestamp) || 0;
}

/** Active schedules that select the claim. */
export function schedulesOfClaim(snapshot: Snapshot, claim: PersistentVolumeClaim): Schedule[] {
  const candidates = activeSchedules(snapshot, claim.metadata.namespace ?? '');
  return candidates.filter(({ spec }) => spec && selectsClaim(spec.template, claim));
}

/** Active schedules that include the namespace. */
function activeSchedules(snapshot: Snapshot, namespace: string): readonly Schedule[] {
  const active = snapshot.remember('activeSchedules', () => snapshot.all('schedules').filter(isActive));
  if (active.length === 0) return active;
  return snapshot.remember(`activeSchedules ${namespace}`, () =>
    active.filter(({ spec }) =>
      isIncluded(namespace, spec?.template.includedNamespaces, spec?.template.excludedNamespaces),
    ),
  );
}

/** Left out on purpose, by the label on the claim or on its namespace. */
export function isLeftOut(snapshot: Snapshot, { metadata }: PersistentVolumeClaim): boolean {
  if (metadata.labels?.[veleroKeys.excludeFromBackup] === 'true') return true;
  const inNamespace = snapshot.find('namespaces', { name: metadata.namespace ?? '' });
  return inNamespace?.metadata.labels?.[veleroKeys.excludeFromBackup] === 'true';
}

/** Is the pod's volume copied through its files, and not by a snapshot? Source: velero docs, file-system-backup. */
export function isCopiedByFiles(spec: Partial<BackupSpec>, pod: Pod, volumeName: string): boolean {
  const listed = (annotation: string): boolean =>
    (pod.metadata.annotations?.[annotation] ?? '').split(',').includes(volumeName);
  if (listed('backup.velero.io/backup-volumes')) return true;
  return spec.defaultVolumesToFsBackup === true && !listed('backup.velero.io/backup-volumes-excludes');
}

/** Commands that quiesce the pod before its volumes are copied: of its annotations, else of the schedule. */
export function preHooks(spec: Partial<BackupSpec>, pod: Pod): string[] {
  const annotations = pod.metadata.annotations ?? {};
  const annotated = annotations['pre.hook.backup.velero.io/command'] ?? annotations['hook.backup.velero.io/command'];
  if (annotated) return [annotated];
  const { namespace = '', labels } = pod.metadata;
  return (spec.hooks?.resources ?? [])
    .filter(({ includedNamespaces, excludedNamespaces, labelSelector }) => {
      if (excludedNamespaces?.includes(namespace)) return false;
      if (includedNamespaces?.length && !includedNamespaces.includes('*') && !includedNamespaces.includes(namespace))
        return false;
      return !labelSelector || matchesLabelSelector(labelSelector, labels);
    })
    .flatMap(({ pre = [] }) => pre.map(({ exec }) => exec.command.join(' ')));
}

/** Bound, not made only for one pod, not left out on purpose, and old enough for a schedule to have come by. */
export function isToBeCopied(snapshot: Snapshot, claim: PersistentVolumeClaim, rpoMs: number): boolean {
  if (claim.status?.phase !== 'Bound' || controllerOf(claim)?.kind === 'Pod' || isLeftOut(snapshot, claim))
    return false;
  return (snapshot.ageMs(claim.metadata.creationTimestamp) ?? 0) >= rpoMs;
}
