// B02: the newest backup of a schedule is not whole. It looks like a recovery point, and is none.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { type Backup, veleroKeys } from '../../apis/velero/types.ts';
import { type Evidence, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { backUpAgain, backUpNow, listBackups } from '../safety/backup-commands.ts';
import { commandLine, kubectl } from '../safety/commands.ts';
import { failedMoves, type Move } from '../snapshot/moves.ts';
import { backupsOfSchedule, startMs } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const ended = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);

export const b02BackupFailed = defineRule({
  id: 'B02',
  title: 'Newest backup is not whole',
  severity: 'High',
  needs: ['backups', 'schedules'],
  reads: ['dataUploads', 'podVolumeBackups'],
  page: {
    symptom: 'A Backup in phase PartiallyFailed, Failed or FailedValidation, with nothing newer that is Completed.',
    cause:
      'Some object or volume could not be saved: a snapshot failed, an upload ended, a hook failed, or the store was not there.',
    consequence: 'It is no recovery point: a restore from it silently lacks what failed.',
    remedy: 'Read what failed, mend that volume, and make the backup again.',
    wrongMoves: 'Restoring from it without looking at what is missing.',
    sources: ['https://github.com/velero-io/velero/issues/9337'],
  },
  examine: (snapshot) => {
    const newest = snapshot
      .all('schedules')
      .map((schedule) => backupsOfSchedule(snapshot, schedule).find(({ status }) => ended.has(status?.phase ?? '')));
    const byHand = snapshot.all('backups').filter((backup) => isByHand(backup) && !isMadeAgain(snapshot, backup));
    return [...newest, ...byHand]
      .filter((backup): backup is Backup => backup !== undefined && isBroken(backup))
      .map((backup) => findingOf(snapshot, backup));
  },
});

function isByHand({ metadata }: Backup): boolean {
  return !metadata.labels?.[veleroKeys.scheduleName];
}

/** Is there a later one by hand of the same selection that is whole? */
function isMadeAgain(snapshot: Snapshot, backup: Backup): boolean {
  return snapshot
    .all('backups')
    .some(
      (other) =>
        isByHand(other) &&
        other.status?.phase === 'Completed' &&
        startMs(other) > startMs(backup) &&
        jsonEqual(selectionOf(other), selectionOf(backup)),
    );
}

/** What decides which objects a backup holds. */
function selectionOf({ spec = {} }: Backup): unknown {
  const { storageLocation: _place, ttl: _life, ...selection } = spec;
  return selection;
}

function isBroken({ status }: Backup): boolean {
  return ended.has(status?.phase ?? '') && status?.phase !== 'Completed';
}

function findingOf(snapshot: Snapshot, backup: Backup): FindingDraft {
  const { namespace = '', name, labels } = backup.metadata;
  const { phase, errors, failureReason, validationErrors } = backup.status ?? {};
  const moves = failedMoves(snapshot, backup);
  const schedule = snapshot.find('schedules', { namespace, name: labels?.[veleroKeys.scheduleName] ?? '' });
  const lost = moves.length > 0 ? `: the data of ${moves.map(({ label }) => label).join(', ')} is not in it` : '';
  return {
    subject: refTo(backup),
    related: moves.map(({ object }) => refTo(object)),
    sentence: `Backup ${name} ended ${phase} and is no recovery point${lost}.`,
    evidence: [
      evidence(backup, 'status.phase', phase),
      evidence(backup, 'status.errors', errors),
      ...(failureReason ? [evidence(backup, 'status.failureReason', failureReason)] : []),
      ...(validationErrors?.length ? [evidence(backup, 'status.validationErrors', validationErrors)] : []),
      ...moves.slice(0, 5).map(moveFact),
    ],
    blames: suspects(backup, moves),
    actions: [
      harmless({
        title: 'Read what failed',
        why: 'The log names each object and volume.',
        commands: [
          kubectl(['get', 'backup.velero.io', name, '-o', 'yaml'], namespace),
          `${commandLine('velero', 'backup', 'logs', name, '-n', namespace)} | grep level=error`,
        ],
      }),
      harmless({
        title: 'Make it again once that is mended',
        why: 'It adds a backup, and takes nothing away.',
        commands: [schedule ? backUpNow(schedule) : backUpAgain(backup), listBackups(namespace)],
      }),
      wrongMove({
        title: 'Restore from it without looking',
        why: 'What failed is missing, and a restored application may start empty and write over what was left.',
      }),
    ],
  };
}

function moveFact({ object, status }: Move): Evidence {
  return evidence(object, 'status.message', status?.message ?? status?.phase);
}

/** The store, the claims whose data failed, the upload itself if it is stuck. */
function suspects(backup: Backup, moves: readonly Move[]): ObjectRef[] {
  const { namespace = '' } = backup.metadata;
  const location = backup.spec?.storageLocation;
  return [
    ...(location ? [{ kind: 'BackupStorageLocation', namespace, name: location }] : []),
    ...moves.flatMap(({ object, claim }) => [refTo(object), ...(claim ? [claim] : [])]),
  ];
}
