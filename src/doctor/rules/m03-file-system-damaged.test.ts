import { backup, dataUpload, volumeSnapshot } from '../testing/backup-builders.ts';
import { claim, event, minutesAgo, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m03FileSystemDamaged } from './m03-file-system-damaged.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const fsck = event(waiting, {
  reason: 'FailedMount',
  message:
    'MountVolume.MountDevice failed for volume "pv-1" : \'fsck\' found errors on device /dev/sdb but could not correct them: /dev/sdb: UNEXPECTED INCONSISTENCY',
});
const storage = [claim(), volume()];

describeRule(m03FileSystemDamaged, {
  finds: [
    {
      name: 'fsck could not mend it -> found, and nothing that touches the data is safe',
      objects: [waiting, fsck, ...storage],
      subjects: ['PersistentVolume pv-1'],
      sentence: 'is damaged',
      verdicts: {
        'Take a snapshot': 'safe',
        'Make a clone': 'safe-after-proof',
        'Repair the clone': 'needs-expert',
        'Run fsck': 'unsafe',
      },
    },
    {
      name: 'a snapshot from after the fault is ready, and a fresh backup -> clone and restore are safe',
      objects: [waiting, fsck, ...storage, volumeSnapshot(), backup(), dataUpload()],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Make a clone': 'safe', 'Restore the newest': 'safe' },
    },
    {
      name: 'the only snapshot is from before the fault -> no proof',
      objects: [waiting, fsck, ...storage, volumeSnapshot({ status: { creationTime: minutesAgo(60) } })],
      subjects: ['PersistentVolume pv-1'],
      verdicts: { 'Make a clone': 'safe-after-proof' },
    },
    {
      name: 'text of fsck itself, volume not named -> found on the volumes of the pod',
      objects: [
        waiting,
        event(waiting, {
          reason: 'FailedMount',
          message: '/dev/vdc: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.',
        }),
        ...storage,
      ],
      subjects: ['PersistentVolume pv-1'],
    },
  ],
  passesBy: [
    { name: 'pod runs by now -> silent', objects: [pod(), fsck, ...storage] },
    {
      name: 'fsck mended what it found -> silent',
      objects: [
        waiting,
        event(waiting, { reason: 'FailedMount', message: 'Device /dev/sdb has errors which were corrected by fsck.' }),
        ...storage,
      ],
    },
    {
      name: 'mount failed for another reason -> silent',
      objects: [waiting, event(waiting, { reason: 'FailedMount', message: 'wrong fs type, bad option' }), ...storage],
    },
  ],
});
