// B03: the newest good copy is older than the objective allows.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Backup, Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { backUpNow, listBackups, unpause } from '../safety/backup-commands.ts';
import { copyNamespace } from '../safety/copy-namespace.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { copiesOfClaims, selectsClaim } from '../snapshot/copies.ts';
import { backupsOfSchedule, isToBeCopied, schedulesOfClaim } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const b03CopyTooOld = defineRule({
  id: 'B03',
  title: 'Newest good copy is too old',
  severity: 'High',
  needs: ['backups', 'schedules'],
  reads: ['claims', 'pods', 'dataUploads', 'podVolumeBackups'],
  page: {
    symptom:
      'Nothing, until the data is needed: the newest Completed backup of a schedule, or of a claim that no schedule selects, is older than the recovery point objective.',
    cause:
      'The schedule is paused, runs too seldom, or its backups fail or are not finished. Velero does not catch up on runs that it missed. Or copies are only made by hand.',
    consequence: 'What was written since that copy would be lost.',
    remedy: 'Make a backup now, then mend what holds the schedule up.',
    wrongMoves: 'Counting a backup that is not Completed.',
    sources: ['https://www.ibm.com/docs/en/fusion-software/2.10.x?topic=health-disaster-recovery-alerts'],
  },
  examine: (snapshot, settings) => {
    const late = snapshot.all('schedules').filter((schedule) => isLate(snapshot, schedule, settings));
    return [
      ...late.map((schedule) => ofSchedule(snapshot, schedule, settings)),
      ...[...oldCopies(snapshot, late, settings)].map(([namespace, copies]) =>
        ofNamespace(snapshot, namespace, { copies, settings }),
      ),
    ];
  },
});

function isLate(snapshot: Snapshot, schedule: Schedule, settings: Settings): boolean {
  const backups = backupsOfSchedule(snapshot, schedule);
  const good = backups.find(({ status }) => status?.phase === 'Completed');
  if (ageOfCopy(snapshot, schedule, good) <= settings.rpoMs + settings.graceMs) return false;
  const [newest] = backups;
  return !(good && newest && isUnderWay(snapshot, newest, settings));
}

/** Before its first copy, a schedule has the objective's time as well. */
function ageOfCopy(snapshot: Snapshot, { metadata }: Schedule, good: Backup | undefined): number {
  return snapshot.ageMs(good?.status?.completionTimestamp) ?? snapshot.ageMs(metadata.creationTimestamp) ?? 0;
}

/** A run that is on time and not yet finished is how every day looks for a while. */
function isUnderWay(snapshot: Snapshot, { status }: Backup, { uploadStuckMs }: Settings): boolean {
  const runsMs = status?.phase === 'InProgress' ? snapshot.ageMs(status.startTimestamp) : undefined;
  return runsMs !== undefined && runsMs <= uploadStuckMs;
}

interface OldCopy {
  claim: PersistentVolumeClaim;
  backup: Backup;
}

/** By namespace: claims whose newest good copy is too old, whoever made it. Those of a schedule that is late are its own. */
function oldCopies(snapshot: Snapshot, late: readonly Schedule[], settings: Settings): Map<string, OldCopy[]> {
  const found = new Map<string, OldCopy[]>();
  const limitMs = settings.rpoMs + settings.graceMs;
  if (snapshot.all('backups').length === 0) return found;
  const running = snapshot.all('backups').filter((backup) => isUnderWay(snapshot, backup, settings));
  // Thousands of claims share a few backups.
  const old = new Set(
    snapshot.all('backups').filter(({ status }) => (snapshot.ageMs(status?.completionTimestamp) ?? 0) > limitMs),
  );
  for (const { claim, backup } of copiesOfClaims(snapshot)) {
    if (!backup || !old.has(backup)) continue;
    if (!isToBeCopied(snapshot, claim, settings.rpoMs)) continue;
    if (late.some(({ spec }) => spec && selectsClaim(spec.template, claim))) continue;
    if (running.some(({ spec }) => selectsClaim(spec ?? {}, claim))) continue;
    const { namespace = '' } = claim.metadata;
    found.set(namespace, [...(found.get(namespace) ?? []), { claim, backup }]);
  }
  return found;
}

function ofNamespace(
  snapshot: Snapshot,
  namespace: string,
  { copies, settings }: { copies: readonly OldCopy[]; settings: Settings },
): FindingDraft {
  const [first] = copies;
  const oldestMs = Math.max(...copies.map(({ backup }) => snapshot.ageMs(backup.status?.completionTimestamp) ?? 0));
  const schedules = [...new Set(copies.flatMap(({ claim }) => schedulesOfClaim(snapshot, claim)))];
  const what = copies.length === 1 ? `claim ${first?.claim.metadata.name}` : `${copies.length} claims`;
  return {
    subject: { kind: 'Namespace', name: namespace },
    related: [...copies.flatMap(({ claim, backup }) => [claim, backup]), ...schedules].map(refTo),
    sentence: `The newest good copy of ${what} in namespace ${namespace} is ${humanDuration(oldestMs)} old, and ${humanDuration(settings.rpoMs)} is the objective.`,
    evidence: copies
      .slice(0, 5)
      .map(({ backup }) => evidence(backup, 'status.completionTimestamp', backup.status?.completionTimestamp)),
    cause:
      schedules.length > 0
        ? 'A schedule selects the claims, and its backups do not hold their data.'
        : 'Somebody made the copies by hand. No schedule selects the claims.',
    blames: schedules.map(refTo),
    actions: [...copyNamespace(snapshot, { namespace, hasSchedule: schedules.length > 0 }), wrongMoves.deleteClaim],
  };
}

function ofSchedule(snapshot: Snapshot, schedule: Schedule, settings: Settings): FindingDraft {
  const { namespace = '', name } = schedule.metadata;
  const backups = backupsOfSchedule(snapshot, schedule);
  const good = backups.find(({ status }) => status?.phase === 'Completed');
  const [newest] = backups;
  const age = humanDuration(ageOfCopy(snapshot, schedule, good));
  const objective = humanDuration(settings.rpoMs);
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
        commands: [backUpNow(schedule), listBackups(namespace)],
      }),
      ...(schedule.spec?.paused
        ? [
            harmless({
              title: 'Let the schedule run again',
              why: 'Somebody paused it; nothing says until when.',
              commands: [unpause(schedule)],
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
