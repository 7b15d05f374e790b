import { byPolicy, resourcePolicy, schedule, snapshotClass, volumeSnapshot } from '../testing/backup-builders.ts';
import { claim, pod, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { n02NoSnapshotClass } from './n02-no-snapshot-class.ts';

const waiting = (name: string | undefined) =>
  volumeSnapshot({ spec: { volumeSnapshotClassName: name }, status: { readyToUse: false } });
const plain = (name: string, annotations?: Record<string, string>) =>
  snapshotClass({ metadata: { name, labels: undefined, annotations } });
const isDefault = { 'snapshot.storage.kubernetes.io/is-default-class': 'true' };
const storage = [claim(), volume()];

describeRule(n02NoSnapshotClass, {
  finds: [
    {
      name: 'snapshot names a class that does not exist -> found',
      objects: [waiting('snpa'), snapshotClass(), ...storage],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'does not exist',
      verdicts: { 'Make a snapshot class': 'safe', 'Name the class of another': 'unsafe' },
    },
    {
      name: 'snapshot names none, and there are two defaults -> found',
      objects: [waiting(undefined), plain('a', isDefault), plain('b', isDefault), ...storage],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'several default ones',
    },
    {
      name: 'schedule wants snapshots and the driver has no class -> found for the driver',
      objects: [schedule(), ...storage],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: 'there is no snapshot class',
    },
    {
      name: 'the policy wants snapshots, although the schedule has them off -> found for the driver',
      objects: [
        schedule({ spec: { template: { ...byPolicy, snapshotVolumes: false } } }),
        resourcePolicy('{conditions: {}, action: {type: snapshot}}'),
        ...storage,
      ],
      subjects: ['CSIDriver disk.csi.example.com'],
    },
    {
      name: 'two classes, and none has the label -> found for the driver',
      objects: [schedule(), plain('a'), plain('b'), ...storage],
      subjects: ['CSIDriver disk.csi.example.com'],
      sentence: "none of its 2 snapshot classes has Velero's label",
      verdicts: { 'Label the class': 'safe' },
    },
  ],
  passesBy: [
    { name: 'class exists -> silent', objects: [waiting('snap'), schedule(), snapshotClass(), ...storage] },
    { name: 'the only class needs no label -> silent', objects: [schedule(), plain('only'), ...storage] },
    {
      name: 'volume is copied through its files -> silent',
      objects: [
        schedule(),
        pod({ metadata: { annotations: { 'backup.velero.io/backup-volumes': 'data' } } }),
        ...storage,
      ],
    },
    {
      name: 'a policy decides, which nobody has read -> silent',
      objects: [schedule({ spec: { template: byPolicy } }), ...storage],
    },
    {
      name: 'the policy skips volumes of this driver -> silent',
      objects: [
        schedule({ spec: { template: byPolicy } }),
        resourcePolicy('{conditions: {csi: {driver: disk.csi.example.com}}, action: {type: skip}}'),
        ...storage,
      ],
    },
    { name: 'nobody asks for snapshots -> silent', objects: storage },
  ],
});
