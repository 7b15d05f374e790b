import { backup, inMinutes, minutes, schedule } from '../testing/backup-builders.ts';
import { minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b08LastCopyExpires } from './b08-last-copy-expires.ts';

const { day, hour } = minutes;
const good = (name: string, daysOld: number, expiration: string) =>
  backup({
    metadata: { name },
    status: { startTimestamp: minutesAgo(daysOld * day), completionTimestamp: minutesAgo(daysOld * day), expiration },
  });
const failed = backup({ metadata: { name: 'nightly-9' }, status: { phase: 'Failed' } });

describeRule(b08LastCopyExpires, {
  finds: [
    {
      name: 'newest good copy expires in two days, later ones failed -> found',
      objects: [schedule(), good('nightly-1', 28, inMinutes(2 * day)), failed],
      subjects: ['Backup velero/nightly-1'],
      sentence: 'will be deleted in 2d',
      verdicts: { 'Keep nightly-1': 'safe', 'Make a new one': 'safe', 'Wait for': 'unsafe' },
      blames: ['BackupStorageLocation velero/default', 'Backup velero/nightly-9', 'Schedule velero/nightly'],
    },
    {
      name: 'copies live for a day and come every week -> found before it is too late',
      objects: [schedule(), good('weekly-2', 0.5, inMinutes(12 * hour)), good('weekly-1', 7.5, minutesAgo(6 * day))],
      subjects: ['Backup velero/weekly-2'],
      sentence: 'come every 7d and live shorter',
    },
    {
      name: 'it has expired, and only waits for the collector -> found',
      objects: [schedule(), good('nightly-1', 31, minutesAgo(1)), failed],
      subjects: ['Backup velero/nightly-1'],
      sentence: 'at any time',
    },
  ],
  passesBy: [
    {
      name: 'a new copy every day -> silent',
      objects: [schedule(), backup(), good('nightly-0', 1.5, inMinutes(28 * day))],
    },
    {
      name: 'failing, but the last copy lives for weeks -> silent',
      objects: [schedule(), good('nightly-1', 3, inMinutes(27 * day)), failed],
    },
    { name: 'no good copy -> silent: another rule says so', objects: [schedule(), failed] },
  ],
});
