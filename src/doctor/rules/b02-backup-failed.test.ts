import { backup, dataUpload, minutes, podVolumeBackup, schedule } from '../testing/backup-builders.ts';
import { merged, minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b02BackupFailed } from './b02-backup-failed.ts';

const then = minutesAgo(34 * minutes.hour);
const olderIn = (phase: 'Completed' | 'PartiallyFailed') =>
  backup({ metadata: { name: 'nightly-0' }, status: { phase, startTimestamp: then, completionTimestamp: then } });
const older = olderIn('Completed');
const partial = backup({ status: { phase: 'PartiallyFailed', errors: 2 } });
const byHand = { metadata: { name: 'before-upgrade', labels: { 'velero.io/schedule-name': undefined } } };

describeRule(b02BackupFailed, {
  finds: [
    {
      name: 'newest of the schedule is partial, an upload failed -> found with the claim',
      objects: [schedule(), older, partial, dataUpload({ status: { phase: 'Failed', message: 'data path timeout' } })],
      subjects: ['Backup velero/nightly-1'],
      sentence: 'the data of shop/data is not in it',
      verdicts: { 'Read what failed': 'safe', 'Make it again': 'safe', 'Restore from it': 'unsafe' },
      blames: ['BackupStorageLocation velero/default', 'PersistentVolumeClaim shop/data'],
    },
    {
      name: 'backup by hand failed -> found',
      objects: [
        backup({
          ...byHand,
          status: {
            phase: 'Failed',
            failureReason: 'found a backup with status "InProgress" during the server starting',
          },
        }),
      ],
      subjects: ['Backup velero/before-upgrade'],
    },
    {
      name: 'backup by hand failed, and the later one is of something else -> found',
      objects: [
        backup({ ...byHand, status: { phase: 'Failed', startTimestamp: then } }),
        backup(merged(byHand, { metadata: { name: 'other' }, spec: { includedNamespaces: ['blog'] } })),
      ],
      subjects: ['Backup velero/before-upgrade'],
      verdicts: { 'Make it again': 'safe' },
    },
    {
      name: 'copy of the files of a pod failed -> found',
      objects: [schedule(), partial, podVolumeBackup({ status: { phase: 'Failed' } })],
      subjects: ['Backup velero/nightly-1'],
      sentence: 'volume data of pod shop/db-0',
    },
  ],
  passesBy: [
    {
      name: 'newest is whole, an older one was not -> silent',
      objects: [schedule(), backup(), olderIn('PartiallyFailed')],
    },
    {
      name: 'newest still runs, the one before is whole -> silent',
      objects: [schedule(), older, backup({ status: { phase: 'InProgress' } })],
    },
    { name: 'backup by hand is whole -> silent', objects: [backup(byHand)] },
    {
      name: 'backup by hand failed, and was made again -> silent',
      objects: [
        backup({ ...byHand, status: { phase: 'Failed', startTimestamp: then } }),
        backup(merged(byHand, { metadata: { name: 'before-upgrade-again' } })),
      ],
    },
  ],
});
