import { claim, event, pod, storageClass, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { m04WrongFileSystem } from './m04-wrong-file-system.ts';

const waiting = pod({ status: { phase: 'Pending' } });
const foreign = event(waiting, {
  reason: 'FailedMount',
  message:
    'MountVolume.MountDevice failed for volume "pv-1" : rpc error: code = Internal desc = failed to mount the volume as "ext4", it already contains unknown data, probably partitions. Mount error: mount failed: exit status 32',
});
const wrongType = event(waiting, {
  reason: 'FailedMount',
  message: 'mount: /data: wrong fs type, bad option, bad superblock on /dev/sdb, missing codepage or helper program.',
});

describeRule(m04WrongFileSystem, {
  finds: [
    {
      name: 'disk holds partitions -> found, and formatting is a wrong move',
      objects: [waiting, foreign, claim(), volume()],
      subjects: ['PersistentVolume pv-1'],
      sentence: "can't be mounted as ext4",
      verdicts: {
        'Look at what is on the disk': 'safe',
        'Make the volume again': 'needs-expert',
        'Run fsck': 'unsafe',
      },
    },
    {
      name: 'class makes another type by now -> found, and says so',
      objects: [
        waiting,
        wrongType,
        claim(),
        volume(),
        storageClass({ parameters: { 'csi.storage.k8s.io/fstype': 'xfs' } }),
      ],
      subjects: ['PersistentVolume pv-1'],
    },
    {
      name: 'NFS volume -> the node lacks the helper',
      objects: [
        waiting,
        wrongType,
        claim(),
        volume({ spec: { csi: undefined, nfs: { server: 'nfs-1', path: '/data' } } }),
      ],
      subjects: ['Node node-1'],
      sentence: 'lacks the NFS client',
    },
  ],
  passesBy: [
    { name: 'pod runs by now -> silent', objects: [pod(), foreign, claim(), volume()] },
    {
      name: 'mount failed for want of a device -> silent',
      objects: [
        waiting,
        event(waiting, { reason: 'FailedMount', message: 'special device /dev/sdb does not exist' }),
        claim(),
        volume(),
      ],
    },
    {
      name: 'such a text on another pod -> silent',
      objects: [pod({ metadata: { name: 'web-0' }, status: { phase: 'Pending' } }), foreign, claim(), volume()],
    },
  ],
});
