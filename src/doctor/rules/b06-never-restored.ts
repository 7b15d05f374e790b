// B06: nobody has tried for a long time whether the backups of a schedule can be restored.

import type { Backup, Restore, Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { restoreAs } from '../safety/backup-commands.ts';
import { kubectl } from '../safety/commands.ts';
import { holdsData } from '../snapshot/copies.ts';
import { backupsOfSchedule, isActive } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const b06NeverRestored = defineRule({
  id: 'B06',
  title: 'Restore has not been tried',
  severity: 'High',
  needs: ['schedules', 'restores', 'backups'],
  reads: ['claims'],
  page: {
    symptom: 'Nothing: the cluster has no record of a completed restore from this schedule within the last 90 days.',
    cause: 'Restores are not tried, or their records were deleted together with their backups.',
    consequence: 'Whether the copies are of any use is found out on the day they are needed.',
    remedy: 'Restore the newest backup into another namespace on a schedule, and check the data there.',
    wrongMoves: 'Trying it over the running application.',
    sources: ['https://github.com/velero-io/velero/issues/1688'],
  },
  examine: (snapshot, { restoreTestMs }) =>
    snapshot
      .all('schedules')
      .filter(isActive)
      .filter(({ metadata }) => (snapshot.ageMs(metadata.creationTimestamp) ?? 0) > restoreTestMs)
      .flatMap((schedule) => {
        const newest = newestRestore(snapshot, schedule);
        const ageMs = snapshot.ageMs(newest?.status?.completionTimestamp);
        return ageMs !== undefined && ageMs <= restoreTestMs
          ? []
          : [findingOf(snapshot, schedule, { newest, restoreTestMs })];
      }),
});

/** The newest completed restore of one of the schedule's backups. */
function newestRestore(snapshot: Snapshot, { metadata }: Schedule): Restore | undefined {
  const bySchedule = snapshot.remember('restoresBySchedule', () => {
    const groups = new Map<string, Restore>();
    for (const restore of snapshot.all('restores')) {
      const key = scheduleKey(snapshot, restore);
      const other = groups.get(key);
      const isNewer = (restore.status?.completionTimestamp ?? '') > (other?.status?.completionTimestamp ?? '');
      if (restore.status?.phase === 'Completed' && (!other || isNewer)) groups.set(key, restore);
    }
    return groups;
  });
  return bySchedule.get(`${metadata.namespace}/${metadata.name}`);
}

function scheduleKey(snapshot: Snapshot, { metadata, spec }: Restore): string {
  const { namespace = '' } = metadata;
  const backup = snapshot.find('backups', { namespace, name: spec?.backupName ?? '' });
  // A backup is named after its schedule and the second of its start; it may be gone by now.
  const name =
    spec?.scheduleName ||
    backup?.metadata.labels?.['velero.io/schedule-name'] ||
    (spec?.backupName ?? '').replace(/-\d{14}$/, '');
  return `${namespace}/${name}`;
}

/** One whose data the backup holds, or that it names; undefined if neither is known. */
function namespaceIn(snapshot: Snapshot, backup: Backup): string | undefined {
  const held = snapshot.all('claims').find((claim) => holdsData(snapshot, backup, claim));
  return held?.metadata.namespace ?? backup.spec?.includedNamespaces?.find((each) => each !== '*');
}

function findingOf(
  snapshot: Snapshot,
  schedule: Schedule,
  { newest, restoreTestMs }: { newest: Restore | undefined; restoreTestMs: number },
): FindingDraft {
  const { namespace = '', name } = schedule.metadata;
  const days = Math.round(restoreTestMs / 86_400_000);
  const backup = backupsOfSchedule(snapshot, schedule).find(({ status }) => status?.phase === 'Completed');
  const target = backup && namespaceIn(snapshot, backup);
  return {
    subject: refTo(schedule),
    related: newest ? [refTo(newest)] : [],
    sentence: `There is no record that a backup of schedule ${name} was restored in the last ${days} days.`,
    evidence: [
      evidence(schedule, 'metadata.creationTimestamp', schedule.metadata.creationTimestamp),
      ...(newest
        ? [evidence(newest, 'status.completionTimestamp', newest.status?.completionTimestamp)]
        : [evidence(schedule, 'status.lastBackup', schedule.status?.lastBackup)]),
    ],
    actions: [
      harmless({
        title: 'Restore the newest backup into another namespace, and check the data',
        why: 'Nothing that runs is touched. The check is the point: start the application there, and compare.',
        commands: target
          ? [
              restoreAs(backup, { namespace: target, as: `${target}-restore-test` }),
              kubectl(['get', 'restores.velero.io'], namespace),
            ]
          : [],
      }),
      wrongMove({
        title: 'Try it over the running application',
        why: 'What exists is skipped or overwritten, and the test proves nothing or destroys something.',
      }),
    ],
  };
}
