// Which objects do Velero's filters let through, and which volumes are snapshotted with which class?

import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import { statefulSets } from '../apis/resources.ts';
import type { VolumeSnapshotClass } from '../apis/snapshot/types.ts';
import type { BackupSpec } from '../apis/velero/types.ts';
import type { BackupItem } from './items.ts';
import {
  type ClusterScope,
  clusterScopeOf,
  filterProblems,
  isIncluded,
  isResourceIncluded,
  isSelectedByLabels,
  type NameFilter,
} from './selection.ts';
import { planQuiesce, snapshotClassFor } from './volumes.ts';

test.each<[string, NameFilter, boolean]>([
  ['shop', {}, true],
  ['shop', { included: null }, true],
  ['shop', { included: ['*'] }, true],
  ['shop', { included: ['other'] }, false],
  ['shop', { included: ['sh*'] }, true],
  ['shop', { included: ['s.op'] }, false],
  ['shop', { included: ['shop'], excluded: ['shop'] }, false],
  ['shop', { excluded: ['*op'] }, false],
])('isIncluded: %s by %j -> %s', (name, filter, want) => {
  expect(isIncluded(name, filter)).toBe(want);
});

test.each<[NameFilter, boolean]>([
  [{ included: ['statefulsets'] }, true],
  [{ included: ['statefulsets.apps'] }, true],
  [{ included: ['StatefulSet'] }, true],
  [{ included: ['pods'] }, false],
  [{ excluded: ['statefulsets.apps'] }, false],
  [{ included: [], excluded: [] }, true],
])('isResourceIncluded: statefulsets by %j -> %s', (filter, want) => {
  expect(isResourceIncluded(statefulSets, filter)).toBe(want);
});

test.each<[BackupSpec, ClusterScope]>([
  [{}, 'all'],
  [{ includedNamespaces: ['*'] }, 'all'],
  [{ includedNamespaces: ['shop'] }, 'related'],
  [{ excludedNamespaces: ['shop'] }, 'related'],
  [{ labelSelector: { matchLabels: { a: 'b' } } }, 'related'],
  [{ includedNamespaces: ['shop'], includeClusterResources: true }, 'all'],
  [{ includeClusterResources: false }, 'none'],
  [{ includedNamespaces: ['shop'], includedClusterScopedResources: ['storageclasses'] }, 'all'],
  [{ excludedClusterScopedResources: ['*'] }, 'none'],
])('clusterScopeOf: %j -> %s', (spec, want) => {
  expect(clusterScopeOf(spec)).toBe(want);
});

const labelled = (labels: Record<string, string>): KubeObject => ({
  metadata: { name: 'x', uid: '', resourceVersion: '', creationTimestamp: '', labels },
});

test.each<[Record<string, string>, Parameters<typeof isSelectedByLabels>[1], boolean]>([
  [{}, {}, true],
  [{ 'velero.io/exclude-from-backup': 'true' }, {}, false],
  [{ app: 'a' }, { labelSelector: { matchLabels: { app: 'a' } } }, true],
  [{ app: 'b' }, { labelSelector: { matchLabels: { app: 'a' } } }, false],
  [{ app: 'b' }, { orLabelSelectors: [{ matchLabels: { app: 'a' } }, { matchLabels: { app: 'b' } }] }, true],
])('isSelectedByLabels: %j by %j -> %s', (labels, filter, want) => {
  expect(isSelectedByLabels(labelled(labels), filter)).toBe(want);
});

test.each<[BackupSpec, string[]]>([
  [{}, []],
  [
    { includedNamespaces: ['a'], excludedNamespaces: ['a'] },
    ['Invalid included/excluded namespace lists: excludes list cannot contain an item in the includes list: a'],
  ],
  [
    { includedResources: ['*', 'pods'] },
    [
      "Invalid included/excluded resource lists: includes list must either contain '*' only, or a non-empty list of items",
    ],
  ],
  [{ excludedResources: ['*'] }, ["Invalid included/excluded resource lists: excludes list cannot contain '*'"]],
])('filterProblems: %j -> %j', (spec, want) => {
  expect(filterProblems(spec)).toEqual(want);
});

const snapshotClass = (name: string, metadata: object = {}, driver = 'd'): VolumeSnapshotClass =>
  ({ metadata: { name, ...metadata }, driver, deletionPolicy: 'Delete' }) as VolumeSnapshotClass;
const marked = { labels: { 'velero.io/csi-volumesnapshot-class': 'true' } };
const isDefault = { annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } };

test.each<{ name: string; classes: VolumeSnapshotClass[]; want: object }>([
  { name: 'only one -> that', classes: [snapshotClass('a'), snapshotClass('b', {}, 'other')], want: { name: 'a' } },
  {
    name: 'default -> before others',
    classes: [snapshotClass('a'), snapshotClass('b', isDefault)],
    want: { name: 'b' },
  },
  {
    name: 'labelled for Velero -> before the default',
    classes: [snapshotClass('a', isDefault), snapshotClass('b', marked)],
    want: { name: 'b' },
  },
  {
    name: 'none -> says what to create',
    classes: [],
    want: { error: expect.stringContaining('there is none') as string },
  },
  {
    name: 'two alike -> says so',
    classes: [snapshotClass('a'), snapshotClass('b')],
    want: { error: expect.stringContaining('there are 2, and none is marked') as string },
  },
])('snapshotClassFor: $name', ({ classes, want }) => {
  expect(snapshotClassFor('d', classes)).toEqual(want);
});

function item(groupResource: string, name: string, object: object): BackupItem {
  const namespace = groupResource === 'persistentvolumes' ? undefined : 'shop';
  const whole = {
    metadata: { name, namespace, uid: `u-${name}`, resourceVersion: '', creationTimestamp: '' },
    ...object,
  };
  return { groupResource, version: 'v1', namespace, name, object: whole };
}

const boundClaim = item('persistentvolumeclaims', 'data', {
  spec: { volumeName: 'pv', storageClassName: 'fast' },
  status: { phase: 'Bound', capacity: { storage: '2Gi' } },
});
const csiVolume = item('persistentvolumes', 'pv', { spec: { csi: { driver: 'd', volumeHandle: 'h', fsType: 'xfs' } } });
const plan = (items: BackupItem[], snapshotsVolumes = true) =>
  planQuiesce({ items, snapshotClasses: [snapshotClass('snap')], specHooks: [], snapshotsVolumes });

test('planQuiesce: bound CSI claim -> all that its copy needs', () => {
  expect(plan([boundClaim, csiVolume]).groups).toEqual([
    {
      namespace: 'shop',
      pods: [],
      volumes: [
        {
          namespace: 'shop',
          claimName: 'data',
          claimUid: 'u-data',
          volumeName: 'pv',
          driver: 'd',
          storageClass: 'fast',
          snapshotClass: 'snap',
          capacity: '2Gi',
          fsType: 'xfs',
        },
      ],
    },
  ]);
});

test.each<{ name: string; items: BackupItem[]; want: RegExp }>([
  {
    name: 'unbound claim',
    items: [item('persistentvolumeclaims', 'data', { status: { phase: 'Pending' } })],
    want: /not bound/,
  },
  { name: 'volume excluded', items: [boundClaim], want: /volume "pv" is excluded/ },
  {
    name: 'volume of another kind',
    items: [boundClaim, item('persistentvolumes', 'pv', { spec: { hostPath: { path: '/x' } } })],
    want: /not a CSI volume/,
  },
  {
    name: 'raw block volume',
    items: [
      item('persistentvolumeclaims', 'data', {
        spec: { volumeName: 'pv', volumeMode: 'Block' },
        status: { phase: 'Bound' },
      }),
      csiVolume,
    ],
    want: /raw block volumes are not backed up/,
  },
])('planQuiesce: $name -> left out with a warning', ({ items, want }) => {
  const { groups, warnings } = plan(items);
  expect(groups).toEqual([]);
  expect(warnings.map(({ message }) => message).join()).toMatch(want);
});

test('planQuiesce: snapshotVolumes false -> no volumes and no warnings', () => {
  expect(plan([boundClaim, csiVolume], false)).toEqual({ groups: [], warnings: [], errors: [] });
});
