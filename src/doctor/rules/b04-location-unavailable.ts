// B04: the place where backups are kept can't be reached, or nobody has looked for a long time.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { BackupStorageLocation, Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { backUpNow } from '../safety/backup-commands.ts';
import { blank, kubectl } from '../safety/commands.ts';
import { isActive } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

// Velero looks every minute unless told otherwise.
const unlookedMsMax = 3 * 3_600_000;
const credentials =
  /InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|ExpiredToken|AssumeRole|AuthorizationFailure|invalid_grant|Forbidden|403/i;

export const b04LocationUnavailable = defineRule({
  id: 'B04',
  title: 'Backup store is unavailable',
  severity: 'Critical',
  needs: ['backupLocations'],
  reads: ['schedules'],
  page: {
    symptom:
      'BackupStorageLocation in phase Unavailable: "InvalidAccessKeyId", "AssumeRole", no such bucket, no route.',
    cause: 'Most often its credentials expired or were rotated on one side; else the bucket or the way to it is gone.',
    consequence: 'No backup is written, and none can be restored. Schedules stay Enabled and say nothing.',
    remedy: 'Put credentials that work into its Secret, then make a backup at once.',
    wrongMoves: 'Deleting the location: its Backup objects go with it, though the files in the store stay.',
    sources: ['https://github.com/ministryofjustice/analytical-platform/issues/9582'],
  },
  examine: (snapshot) => snapshot.all('backupLocations').flatMap((location) => findingOf(snapshot, location)),
});

function findingOf(snapshot: Snapshot, location: BackupStorageLocation): FindingDraft[] {
  const { status, metadata } = location;
  const { namespace = '', name } = metadata;
  const unseenMs = unlookedMs(snapshot, location);
  if (status?.phase !== 'Unavailable' && unseenMs === undefined) return [];
  const schedules = schedulesInto(snapshot, location);
  const isKey = credentials.test(status?.message ?? '');
  return [
    {
      // Without a schedule, nobody counts on it every night.
      severity: schedules.length > 0 ? 'Critical' : 'High',
      subject: refTo(location),
      related: schedules.map(refTo),
      sentence:
        status?.phase === 'Unavailable'
          ? `Backup store ${name} can't be used${isKey ? ' with its credentials' : ''}, and ${schedules.length === 1 ? '1 schedule writes' : `${schedules.length} schedules write`} to it.`
          : `Nobody has looked at backup store ${name} for ${humanDuration(unseenMs ?? 0)}: the backup server does not run.`,
      evidence: [
        evidence(location, 'status.phase', status?.phase),
        evidence(location, 'status.message', status?.message),
        evidence(location, 'status.lastValidationTime', status?.lastValidationTime),
        ...schedules.slice(0, 3).map((schedule) => evidence(schedule, 'status.phase', schedule.status?.phase)),
      ],
      ...(unseenMs !== undefined &&
        status?.phase !== 'Unavailable' && {
          cause: 'The backup server looks at its stores every minute or as often as they ask for. It has stopped.',
        }),
      actions: [
        harmless({
          title: 'Look at what the store says',
          why: 'Its message names the request that failed.',
          commands: [
            kubectl(['get', 'backupstoragelocation', name, '-o', 'yaml'], namespace),
            kubectl(['logs', 'deployment/velero', '--tail=100'], namespace),
          ],
        }),
        ...(isKey ? [newKeys(location)] : []),
        harmless({
          title: 'Make a backup once it is Available again',
          why: 'Velero does not catch up on the runs that were missed.',
          commands: schedules.slice(0, 3).map((schedule) => backUpNow(schedule)),
        }),
      ],
    },
  ];
}

/** For how long nobody has validated it, if that is too long; undefined where validation is switched off. */
function unlookedMs(snapshot: Snapshot, { spec, status }: BackupStorageLocation): number | undefined {
  if (spec?.validationFrequency && /^0(s|m|h|$)/.test(spec.validationFrequency)) return undefined;
  const ageMs = snapshot.ageMs(status?.lastValidationTime);
  return ageMs !== undefined && ageMs > unlookedMsMax ? ageMs : undefined;
}

/** Active schedules whose backups go there, by name or because it is the default. */
function schedulesInto(snapshot: Snapshot, { metadata, spec }: BackupStorageLocation): Schedule[] {
  return snapshot
    .all('schedules')
    .filter(isActive)
    .filter((schedule) => {
      const { storageLocation } = schedule.spec?.template ?? {};
      return storageLocation ? storageLocation === metadata.name : spec?.default === true;
    });
}

function newKeys({ metadata, spec }: BackupStorageLocation): FindingDraft['actions'][number] {
  const { name = 'cloud-credentials', key = 'cloud' } = spec?.credential ?? {};
  return harmless({
    title: `Put keys that work into Secret ${name}`,
    why: 'The server reads them at its next look. What is in the store is not touched.',
    commands: [
      `${kubectl(['create', 'secret', 'generic', name, blank('KEYS', 'the file with the new keys', `--from-file=${key}=`), '--dry-run=client', '-o', 'yaml'], metadata.namespace)} | kubectl apply -f -`,
    ],
  });
}
