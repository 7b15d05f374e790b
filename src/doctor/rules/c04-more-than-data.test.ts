import { backendDisk, gibibyte, volumeStats } from '../testing/backend.ts';
import { snapshotContent } from '../testing/backup-builders.ts';
import { claim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { c04MoreThanData } from './c04-more-than-data.ts';

const bound = [claim(), volume(), volumeStats()];

describeRule(c04MoreThanData, {
  finds: [
    {
      name: 'snapshots hold the rest -> found',
      objects: [...bound, backendDisk({ usedBytes: 60 * gibibyte }), snapshotContent()],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'takes up 60Gi in the backend, and its files 5Gi: 1 snapshots',
      verdicts: { 'Remove snapshots': 'needs-expert', 'Trim all': 'unsafe' },
    },
    {
      name: 'no snapshot, nothing was trimmed -> found',
      objects: [...bound, backendDisk({ usedBytes: 30 * gibibyte })],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'never given back',
    },
  ],
  passesBy: [
    { name: 'a little more than the data -> silent', objects: [...bound, backendDisk({ usedBytes: 9 * gibibyte })] },
    {
      name: 'twice the data, but few bytes -> silent',
      objects: [...bound, backendDisk({ usedBytes: 14 * gibibyte })],
    },
    { name: 'backend does not tell -> silent', objects: [...bound, backendDisk()] },
  ],
});
