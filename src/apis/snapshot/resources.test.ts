import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { snapshotResources } from './resources.ts';
import type { VolumeSnapshot, VolumeSnapshotContent } from './types.ts';

const metadata = {
  name: 'x',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const definitionOf = (kind: string) => snapshotResources.find(({ resource }) => resource.kind === kind)!;

function snapshot(spec: VolumeSnapshot['spec']): KubeObject {
  return { metadata, spec } as KubeObject;
}

function content(spec: Partial<VolumeSnapshotContent['spec']>): KubeObject {
  const base = {
    driver: 'd',
    deletionPolicy: 'Delete',
    volumeSnapshotRef: { name: 's', namespace: 'default' },
    source: { volumeHandle: 'v' },
  };
  return { metadata, spec: { ...base, ...spec } } as KubeObject;
}

test.each<{ name: string; kind: string; object: KubeObject; want: string[] }>([
  {
    name: 'of a claim -> valid',
    kind: 'VolumeSnapshot',
    object: snapshot({ source: { persistentVolumeClaimName: 'data' } }),
    want: [],
  },
  { name: 'of nothing -> invalid', kind: 'VolumeSnapshot', object: snapshot({ source: {} }), want: ['spec.source'] },
  {
    name: 'of a claim and a content -> invalid',
    kind: 'VolumeSnapshot',
    object: snapshot({ source: { persistentVolumeClaimName: 'a', volumeSnapshotContentName: 'b' } }),
    want: ['spec.source'],
  },
  {
    name: 'empty class name -> invalid',
    kind: 'VolumeSnapshot',
    object: snapshot({ source: { persistentVolumeClaimName: 'a' }, volumeSnapshotClassName: '' }),
    want: ['spec.volumeSnapshotClassName'],
  },
  { name: 'of a volume -> valid', kind: 'VolumeSnapshotContent', object: content({}), want: [] },
  {
    name: 'of a volume and a snapshot -> invalid',
    kind: 'VolumeSnapshotContent',
    object: content({ source: { volumeHandle: 'v', snapshotHandle: 's' } }),
    want: ['spec.source'],
  },
  {
    name: 'for a snapshot without a namespace -> invalid',
    kind: 'VolumeSnapshotContent',
    object: content({ volumeSnapshotRef: { name: 's' } }),
    want: ['spec.volumeSnapshotRef'],
  },
])('$kind: $name', ({ kind, object, want }) => {
  expect(
    definitionOf(kind)
      .validateCreate?.(object)
      .map(({ field }) => field),
  ).toEqual(want);
});

test.each<{ name: string; kind: string; old: KubeObject; object: KubeObject; want: string[] }>([
  {
    name: 'class assigned -> valid',
    kind: 'VolumeSnapshot',
    old: snapshot({ source: { persistentVolumeClaimName: 'a' } }),
    object: snapshot({ source: { persistentVolumeClaimName: 'a' }, volumeSnapshotClassName: 'c' }),
    want: [],
  },
  {
    name: 'source changed -> invalid',
    kind: 'VolumeSnapshot',
    old: snapshot({ source: { persistentVolumeClaimName: 'a' } }),
    object: snapshot({ source: { persistentVolumeClaimName: 'b' } }),
    want: ['spec.source.persistentVolumeClaimName'],
  },
  {
    name: 'bound -> valid',
    kind: 'VolumeSnapshotContent',
    old: content({}),
    object: content({ volumeSnapshotRef: { name: 's', namespace: 'default', uid: 'u' } }),
    want: [],
  },
  {
    name: 'handle changed -> invalid',
    kind: 'VolumeSnapshotContent',
    old: content({}),
    object: content({ source: { volumeHandle: 'w' } }),
    want: ['spec.source.volumeHandle'],
  },
  {
    name: 'mode changed -> invalid',
    kind: 'VolumeSnapshotContent',
    old: content({ sourceVolumeMode: 'Block' }),
    object: content({ sourceVolumeMode: 'Filesystem' }),
    want: ['spec.sourceVolumeMode'],
  },
])('update of $kind: $name', ({ kind, old, object, want }) => {
  expect(
    definitionOf(kind)
      .validateUpdate?.(object, old)
      .map(({ field }) => field),
  ).toEqual(want);
});

test("columns are those of upstream's CRDs", () => {
  const columns = definitionOf('VolumeSnapshot').columns;
  expect(columns.map(({ name }) => name)).toEqual([
    'Name',
    'ReadyToUse',
    'SourcePVC',
    'SourceSnapshotContent',
    'RestoreSize',
    'SnapshotClass',
    'SnapshotContent',
    'CreationTime',
    'Age',
  ]);
  const cut = {
    ...snapshot({ source: { persistentVolumeClaimName: 'data' }, volumeSnapshotClassName: 'local' }),
    status: {
      readyToUse: true,
      restoreSize: '1Gi',
      boundVolumeSnapshotContentName: 'c',
      creationTime: '2026-01-01T00:00:00Z',
    },
  };
  const nowMs = 1_767_225_660_000;
  expect(columns.map(({ cell }) => cell(cut, nowMs))).toEqual([
    cut.metadata.name,
    'true',
    'data',
    '',
    '1Gi',
    'local',
    'c',
    '60s',
    '60s',
  ]);
});
