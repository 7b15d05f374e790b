import { volumeSnapshot } from '../testing/backup-builders.ts';
import { attachment, claim, event, node, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { m04WrongFileSystem } from './m04-wrong-file-system.ts';
import { m05DuplicateUuid } from './m05-duplicate-uuid.ts';

const waiting = pod({
  metadata: { name: 'copy-0', ...ownedBy('StatefulSet', 'copy') },
  spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'copy' } }] },
  status: { phase: 'Pending' },
});
const refused = event(waiting, {
  reason: 'FailedMount',
  message: 'MountVolume.MountDevice failed for volume "pv-2" : wrong fs type, bad option, bad superblock on /dev/sdc',
});
const copyOf = (source: { kind: string; name: string }) =>
  claim({ metadata: { name: 'copy' }, spec: { volumeName: 'pv-2', dataSource: source } });
const clone = copyOf({ kind: 'PersistentVolumeClaim', name: 'data' });
const copyVolume = volume({
  metadata: { name: 'pv-2' },
  spec: { claimRef: { name: 'copy' }, csi: { fsType: 'xfs', volumeHandle: 'disk-2' } },
});
const source = [claim(), volume({ spec: { csi: { fsType: 'xfs' } } }), attachment()];

describeRule(m05DuplicateUuid, {
  finds: [
    {
      name: 'clone on the node of its source -> found, and nouuid is safe',
      objects: [waiting, refused, clone, copyVolume, ...source, node()],
      subjects: ['PersistentVolume pv-2'],
      sentence: 'XFS copy of pv-1',
      verdicts: { 'Let the pod run': 'safe', 'Mount the copy with nouuid': 'safe', 'Give the source': 'unsafe' },
    },
    {
      name: 'restored from a snapshot beside its source, node not known -> nouuid needs a proof',
      objects: [
        waiting,
        refused,
        copyOf({ kind: 'VolumeSnapshot', name: 'data-1' }),
        copyVolume,
        volumeSnapshot(),
        ...source,
      ],
      subjects: ['PersistentVolume pv-2'],
      verdicts: { 'Mount the copy with nouuid': 'safe-after-proof' },
    },
  ],
  passesBy: [
    {
      name: 'source is on another node -> silent',
      objects: [
        waiting,
        refused,
        clone,
        copyVolume,
        claim(),
        volume({ spec: { csi: { fsType: 'xfs' } } }),
        attachment({ spec: { nodeName: 'node-2' } }),
      ],
    },
    {
      name: 'copy is ext4 -> silent',
      objects: [
        waiting,
        refused,
        clone,
        volume({ metadata: { name: 'pv-2' }, spec: { claimRef: { name: 'copy' } } }),
        ...source,
      ],
    },
    { name: 'no copy -> silent', objects: [waiting, refused, copyOf({ kind: '', name: '' }), copyVolume, ...source] },
  ],
});

describeRule(
  { ...m04WrongFileSystem, id: 'M04 beside M05' },
  {
    finds: [
      {
        name: 'clone on another node than its source -> foreign data, not a twin',
        objects: [waiting, refused, clone, copyVolume, claim()],
        subjects: ['PersistentVolume pv-2'],
      },
      {
        name: 'ext4 clone beside its source -> foreign data, not a twin',
        objects: [
          waiting,
          refused,
          clone,
          volume({ metadata: { name: 'pv-2' }, spec: { claimRef: { name: 'copy' } } }),
          ...source,
        ],
        subjects: ['PersistentVolume pv-2'],
      },
    ],
    passesBy: [
      {
        name: 'clone beside its source -> silent: M05 explains it',
        objects: [waiting, refused, clone, copyVolume, ...source],
      },
      { name: 'pod runs -> silent', objects: [pod(), clone, copyVolume, ...source] },
    ],
  },
);
