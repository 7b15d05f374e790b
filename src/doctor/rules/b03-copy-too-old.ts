// B03: the newest good copy is older than the objective allows.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { commandLine } from '../safety/commands.ts';
import type { Settings } from '../settings.ts';
import { backupsOfSchedule } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const b03CopyTooOld = defineRule({
  id: 'B03',
  title: 'Newest good copy is too old',
  severity: 'High',
  needs: ['backups', 'schedules'],
  page: {
    symptom:
      'Nothing, until the data is needed: the newest Completed backup of a schedule is older than the recovery point objective.',
    cause:
      'The schedule is paused, runs too seldom, or its backups fail or are not finished. Velero does not catch up on runs that it missed.',
    consequence: 'What was written since that copy would be lost.',
    remedy: 'Make a backup now, then mend what holds the schedule up.',
    wrongMoves: 'Counting a backup that is not Completed.',
    sources: ['https://www.ibm.com/docs/en/fusion-software/2.10.x?topic=health-disaster-recovery-alerts'],
  },
  examine: (snapshot, settings) =>
    snapshot.all('schedules').flatMap((schedule) => findingOf(snapshot, schedule, settings)),
});

function findingOf(snapshot: Snapshot, schedule: Schedule, settings: Settings): FindingDraft[] {
  const backups = backupsOfSchedule(snapshot, schedule);
  const good = backups.find(({ status }) => status?.phase === 'Completed');
  const goodMs = snapshot.ageMs(good?.status?.completionTimestamp);
  // Before its first copy, a schedule has the objective's time as well.
  const ageMs = goodMs ?? snapshot.ageMs(schedule.metadata.creationTimestamp) ?? 0;
  if (ageMs <= settings.rpoMs + settings.graceMs) return [];
  const [newest] = backups;
  // A run that is on time and not yet finished is how every day looks for a while.
  const runsMs = newest?.status?.phase === 'InProgress' ? snapshot.ageMs(newest.status.startTimestamp) : undefined;
  if (good && runsMs !== undefined && runsMs <= settings.uploadStuckMs) return [];
  return [draft(snapshot, schedule, { age: humanDuration(ageMs), objective: humanDuration(settings.rpoMs) })];
}

function draft(
  snapshot: Snapshot,
  schedule: Schedule,
  { age, objective }: { age: string; objective: string },
): FindingDraft {
  const { namespace = '', name } = schedule.metadata;
  const backups = backupsOfSchedule(snapshot, schedule);
  const good = backups.find(({ status }) => status?.phase === 'Completed');
  const [newest] = backups;
  return {
    subject: refTo(schedule),
    related: [good, newest === good ? undefined : newest].filter((backup) => backup !== undefined).map(refTo),
    sentence: good
      ? `The newest good copy of schedule ${name} is ${age} old, and ${objective} is the objective${schedule.spec?.paused ? '; the schedule is paused' : ''}.`
      : `Schedule ${name} has made no good copy in ${age}, and ${objective} is the objective${schedule.spec?.paused ? '; it is paused' : ''}.`,
    evidence: [
      ...(good ? [evidence(good, 'status.completionTimestamp', good.status?.completionTimestamp)] : []),
      ...(newest && newest !== good ? [evidence(newest, 'status.phase', newest.status?.phase)] : []),
      evidence(schedule, 'spec.schedule', schedule.spec?.schedule),
      evidence(schedule, 'spec.paused', schedule.spec?.paused),
      evidence(schedule, 'status.phase', schedule.status?.phase),
      evidence(schedule, 'status.lastBackup', schedule.status?.lastBackup),
    ],
    blames: suspects(schedule, newest ? refTo(newest) : undefined),
    actions: [
      harmless({
        title: 'Make a copy now',
        why: 'It adds a backup; the volumes are only read.',
        commands: [commandLine('velero', 'backup', 'create', '--from-schedule', name, '--wait', '-n', namespace)],
      }),
      ...(schedule.spec?.paused
        ? [
            harmless({
              title: 'Let the schedule run again',
              why: 'Somebody paused it; nothing says until when.',
              commands: [commandLine('velero', 'schedule', 'unpause', name, '-n', namespace)],
            }),
          ]
        : []),
      wrongMove({ title: 'Count a backup that is not Completed', why: 'A restore from it lacks what failed.' }),
    ],
  };
}

function suspects(schedule: Schedule, newest: ObjectRef | undefined): ObjectRef[] {
  const { namespace = '' } = schedule.metadata;
  const location = schedule.spec?.template.storageLocation;
  return [
    ...(location ? [{ kind: 'BackupStorageLocation', namespace, name: location }] : []),
    ...(newest ? [newest] : []),
  ];
}
