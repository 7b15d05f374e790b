import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { groupSnapshotResources } from './group-resources.ts';

const metadata = {
  name: 'x',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const definitionOf = (kind: string) => groupSnapshotResources.find(({ resource }) => resource.kind === kind)!;
const selector = { matchLabels: { app: 'x' } };
const contentSpec = {
  driver: 'd',
  deletionPolicy: 'Delete',
  volumeGroupSnapshotRef: { name: 'g', namespace: 'default' },
  source: { volumeHandles: ['v'] },
};
const made = (spec: object): KubeObject => ({ metadata, spec }) as unknown as KubeObject;

test.each<{ name: string; kind: string; spec: object; old?: object; want: string[] }>([
  { name: 'of labelled claims -> valid', kind: 'VolumeGroupSnapshot', spec: { source: { selector } }, want: [] },
  { name: 'of nothing -> refused', kind: 'VolumeGroupSnapshot', spec: { source: {} }, want: ['spec.source'] },
  {
    name: 'of claims and of a content -> refused',
    kind: 'VolumeGroupSnapshot',
    spec: { source: { selector, volumeGroupSnapshotContentName: 'c' } },
    want: ['spec.source'],
  },
  {
    name: 'empty class name -> refused',
    kind: 'VolumeGroupSnapshot',
    spec: { source: { selector }, volumeGroupSnapshotClassName: '' },
    want: ['spec.volumeGroupSnapshotClassName'],
  },
  {
    name: 'other claims -> refused',
    kind: 'VolumeGroupSnapshot',
    spec: { source: { selector: {} } },
    old: { source: { selector } },
    want: ['spec.source.selector'],
  },
  { name: 'content of volumes -> valid', kind: 'VolumeGroupSnapshotContent', spec: contentSpec, want: [] },
  {
    name: 'content of nothing -> refused',
    kind: 'VolumeGroupSnapshotContent',
    spec: { ...contentSpec, source: {} },
    want: ['spec.source'],
  },
  {
    name: 'content for a group snapshot without namespace -> refused',
    kind: 'VolumeGroupSnapshotContent',
    spec: { ...contentSpec, volumeGroupSnapshotRef: { name: 'g' } },
    want: ['spec.volumeGroupSnapshotRef'],
  },
  {
    name: 'content gets the UID of what it is bound to -> valid',
    kind: 'VolumeGroupSnapshotContent',
    spec: { ...contentSpec, volumeGroupSnapshotRef: { name: 'g', namespace: 'default', uid: 'u' } },
    old: contentSpec,
    want: [],
  },
  {
    name: 'content of another driver, with other volumes -> refused',
    kind: 'VolumeGroupSnapshotContent',
    spec: { ...contentSpec, driver: 'e', source: { volumeHandles: ['w'] } },
    old: contentSpec,
    want: ['spec.driver', 'spec.source.volumeHandles'],
  },
])('$kind: $name', ({ kind, spec, old, want }) => {
  const { validateCreate, validateUpdate } = definitionOf(kind);
  const causes = old ? validateUpdate?.(made(spec), made(old)) : validateCreate?.(made(spec));
  expect(causes?.map(({ field }) => field)).toEqual(want);
});

test('a class is shown with its driver and policy', () => {
  const { columns } = definitionOf('VolumeGroupSnapshotClass');
  const object = { metadata, driver: 'd', deletionPolicy: 'Retain' } as unknown as KubeObject;
  expect(columns.slice(0, 3).map(({ cell }) => cell(object, 0))).toEqual(['x', 'd', 'Retain']);
});
