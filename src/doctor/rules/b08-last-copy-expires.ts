// B08: the newest good copy will be deleted by its retention, and no newer one has come.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { Backup, Schedule } from '../../apis/velero/types.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { backUpNow } from '../safety/backup-commands.ts';
import { kubectl } from '../safety/commands.ts';
import { backupsOfSchedule } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const dayMs = 86_400_000;
// Time enough for somebody to come back from a long weekend.
const warningMs = 5 * dayMs;

export const b08LastCopyExpires = defineRule({
  id: 'B08',
  title: 'Retention takes the last good copy',
  severity: 'High',
  needs: ['schedules', 'backups'],
  page: {
    symptom:
      'Nothing: the newest Completed backup of a schedule expires within days, and those after it have failed or were never made.',
    cause:
      'Retention counts days, and does not look whether anything newer is whole. Or the time to live is shorter than the time between two runs.',
    consequence: 'On that day the last copy is deleted.',
    remedy: 'Put off the expiry of that one backup, then mend the schedule.',
    wrongMoves: 'Waiting for the next run: it has failed so far.',
    sources: ['https://github.com/longhorn/longhorn/issues/1164'],
  },
  examine: (snapshot, { rpoMs }) =>
    snapshot.all('schedules').flatMap((schedule) => {
      const backups = backupsOfSchedule(snapshot, schedule);
      const good = backups.filter(({ status }) => status?.phase === 'Completed');
      const [last, before] = good;
      const leftMs = -(snapshot.ageMs(last?.status?.expiration) ?? Number.NaN);
      if (!last || Number.isNaN(leftMs)) return [];
      const ageMs = snapshot.ageMs(last.status?.completionTimestamp) ?? 0;
      const gapMs = before && gapBetween(before, last);
      if (gapMs !== undefined && leftMs + ageMs < gapMs)
        return [findingOf(snapshot, schedule, { last, leftMs, gapMs })];
      return ageMs > rpoMs && leftMs < warningMs ? [findingOf(snapshot, schedule, { last, leftMs })] : [];
    }),
});

function gapBetween(older: Backup, newer: Backup): number {
  return epochMsOf(newer.status?.completionTimestamp ?? '') - epochMsOf(older.status?.completionTimestamp ?? '');
}

interface Expiring {
  last: Backup;
  leftMs: number;
  /** Between the last two good copies, where they come too seldom for how long they live. */
  gapMs?: number;
}

function findingOf(snapshot: Snapshot, schedule: Schedule, { last, leftMs, gapMs }: Expiring): FindingDraft {
  const { namespace = '', name } = last.metadata;
  const [newest] = backupsOfSchedule(snapshot, schedule);
  const later = rfc3339(snapshot.takenAtMs + 30 * dayMs);
  const patch = JSON.stringify({ status: { expiration: later } });
  const location = last.spec?.storageLocation;
  const when = leftMs > 0 ? `will be deleted in ${humanDuration(leftMs)}` : 'may be deleted at any time';
  return {
    subject: refTo(last),
    related: [refTo(schedule), ...(newest && newest !== last ? [refTo(newest)] : [])],
    sentence:
      gapMs === undefined
        ? `Backup ${name} is the newest good copy of schedule ${schedule.metadata.name}, and ${when}.`
        : `Copies of schedule ${schedule.metadata.name} come every ${humanDuration(gapMs)} and live shorter than that: ${name} ${when}.`,
    evidence: [
      evidence(last, 'status.expiration', last.status?.expiration),
      evidence(last, 'status.completionTimestamp', last.status?.completionTimestamp),
      evidence(schedule, 'spec.template.ttl', schedule.spec?.template.ttl),
      ...(newest && newest !== last ? [evidence(newest, 'status.phase', newest.status?.phase)] : []),
    ],
    blames: [
      ...(location ? [{ kind: 'BackupStorageLocation', namespace, name: location }] : []),
      ...(newest && newest !== last ? [refTo(newest)] : []),
      refTo(schedule),
    ],
    actions: [
      harmless({
        title: `Keep ${name} for 30 days more`,
        why: 'It only moves the day on which the backup is deleted.',
        commands: [kubectl(['patch', 'backup.velero.io', name, '--type=merge', '-p', patch], namespace)],
      }),
      harmless({
        title: 'Make a new one',
        why: 'With a newer good copy, this one may go.',
        commands: [backUpNow(schedule)],
      }),
      wrongMove({ title: 'Wait for the next run', why: 'The runs since this copy have brought none.' }),
    ],
  };
}
