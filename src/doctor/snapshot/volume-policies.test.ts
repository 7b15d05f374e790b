import { expect, test } from 'vitest';
import { byPolicy, resourcePolicy, schedule } from '../testing/backup-builders.ts';
import { claim, snapshotOf, volume } from '../testing/builders.ts';
import { policiesIn, policyAction, type VolumeAction } from './volume-policies.ts';

const nightly = schedule({ spec: { template: byPolicy } });
// 10 GiB of the class `fast`, by CSI.
const disk = volume({ spec: { csi: { volumeAttributes: { tier: 'gold' } } } });
const nfs = volume({ spec: { csi: undefined, nfs: { server: 'files', path: '/export' } } });
const data = claim({ metadata: { labels: { app: 'db' } }, spec: { volumeMode: 'Filesystem' } });

test.each<{ name: string; policies: string[]; volume?: typeof disk; want: VolumeAction }>([
  { name: 'no policies -> none', policies: [], want: 'none' },
  { name: 'no conditions -> every volume', policies: ['{conditions: {}, action: {type: snapshot}}'], want: 'snapshot' },
  {
    name: 'the first that matches decides',
    policies: [
      '{conditions: {storageClass: [slow]}, action: {type: skip}}',
      '{conditions: {storageClass: [slow, fast]}, action: {type: fs-backup}}',
      '{conditions: {}, action: {type: skip}}',
    ],
    want: 'fs-backup',
  },
  {
    name: 'one of several conditions does not hold -> none',
    policies: ['{conditions: {storageClass: [fast], capacity: "20Gi,"}, action: {type: skip}}'],
    want: 'none',
  },
  {
    name: 'capacity at both ends -> within',
    policies: ['{conditions: {capacity: "10Gi,10Gi"}, action: {type: skip}}'],
    want: 'skip',
  },
  {
    name: 'capacity above the upper end -> not',
    policies: ['{conditions: {capacity: ",9Gi"}, action: {type: skip}}'],
    want: 'none',
  },
  {
    name: 'driver -> matches',
    policies: ['{conditions: {csi: {driver: disk.csi.example.com}}, action: {type: skip}}'],
    want: 'skip',
  },
  { name: 'any CSI volume -> matches', policies: ['{conditions: {csi: {}}, action: {type: skip}}'], want: 'skip' },
  {
    name: 'any CSI volume, for NFS -> not',
    policies: ['{conditions: {csi: {}}, action: {type: skip}}'],
    volume: nfs,
    want: 'none',
  },
  {
    name: 'attributes of the volume -> must all be there',
    policies: [
      '{conditions: {csi: {volumeAttributes: {tier: silver}}}, action: {type: skip}}',
      '{conditions: {csi: {driver: disk.csi.example.com, volumeAttributes: {tier: gold}}}, action: {type: custom}}',
    ],
    want: 'custom',
  },
  {
    name: 'server and path of NFS -> each that is given',
    policies: [
      '{conditions: {nfs: {server: other}}, action: {type: skip}}',
      '{conditions: {nfs: {path: /export}}, action: {type: fs-backup}}',
    ],
    volume: nfs,
    want: 'fs-backup',
  },
  {
    name: 'types of volumes -> by the field of the source',
    policies: ['{conditions: {volumeTypes: [local, nfs]}, action: {type: skip}}'],
    volume: nfs,
    want: 'skip',
  },
  {
    name: 'labels of the claim',
    policies: ['{conditions: {pvcLabels: {app: db}}, action: {type: skip}}'],
    want: 'skip',
  },
  {
    name: 'labels that it does not have',
    policies: ['{conditions: {pvcLabels: {app: db, tier: x}}, action: {type: skip}}'],
    want: 'none',
  },
  {
    name: 'phase of the claim',
    policies: ['{conditions: {pvcPhase: [Pending, Bound]}, action: {type: skip}}'],
    want: 'skip',
  },
  {
    name: 'modes of the claim',
    policies: ['{conditions: {pvcVolumeMode: Filesystem, pvcAccessModes: [ReadWriteOnce]}, action: {type: skip}}'],
    want: 'skip',
  },
  {
    name: 'a condition of a newer version -> unknown',
    policies: ['{conditions: {phaseOfTheMoon: full}, action: {type: skip}}'],
    want: 'unknown',
  },
  {
    name: 'an action that nobody knows -> unknown',
    policies: ['{conditions: {}, action: {type: shred}}'],
    want: 'unknown',
  },
  {
    name: 'a capacity that is none -> unknown',
    policies: ['{conditions: {capacity: big}, action: {type: skip}}'],
    want: 'unknown',
  },
])('policyAction: $name', ({ policies, volume: of = disk, want }) => {
  const snapshot = snapshotOf([data, of, resourcePolicy(...policies)]);
  expect(policyAction(snapshot, nightly, data)).toBe(want);
});

test.each<{ name: string; owner: typeof nightly; want: VolumeAction }>([
  { name: 'names no policy -> none', owner: schedule(), want: 'none' },
  { name: 'names one that is not there -> unknown', owner: nightly, want: 'unknown' },
  {
    name: 'names something else than a ConfigMap -> unknown',
    owner: schedule({ spec: { template: { resourcePolicy: { kind: 'Secret', name: 'policy' } } } }),
    want: 'unknown',
  },
])('policyAction of a schedule that $name', ({ owner, want }) => {
  expect(policyAction(snapshotOf([data, disk]), owner, data)).toBe(want);
});

test.each([
  '',
  'version: v2\nvolumePolicies: []',
  'version: v1\nvolumePolicies: {}',
  '"',
  'version: v1\nvolumePolicies: [null]',
])('policiesIn refuses what Velero would refuse: %j', (text) => {
  expect(policiesIn(text)).toBeUndefined();
});
