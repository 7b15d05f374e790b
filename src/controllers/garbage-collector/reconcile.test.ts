import { expect, test } from 'vitest';
import type { KubeObject, OwnerReference } from '../../apimachinery/meta.ts';
import { configMaps } from '../../apis/resources.ts';
import type { GraphNode } from './graph.ts';
import { type OwnerState, reconcileObject, type Step } from './reconcile.ts';

const metadata = {
  namespace: 'shop',
  name: 'o',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const refTo = (uid: string): OwnerReference => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid });
const object = (overrides: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  metadata: { ...metadata, ...overrides },
});
const going = (...finalizers: string[]): KubeObject => object({ deletionTimestamp: 'now', finalizers });

function dependent(blockOwnerDeletion: boolean): GraphNode {
  return {
    id: 'configmaps shop/d',
    resource: configMaps,
    object: object({ ownerReferences: [{ ...refTo('u'), blockOwnerDeletion }] }),
  };
}

test.each<{ name: string; object?: KubeObject; owners?: OwnerState[]; dependents?: GraphNode[]; want: Step | string }>([
  { name: 'no owners -> settled', want: 'Settled' },
  { name: 'owner present -> settled', owners: ['Present'], want: 'Settled' },
  { name: 'owner absent -> deleted', owners: ['Absent'], want: { type: 'Delete', policy: 'Background' } },
  { name: 'one absent, one unknown -> settled', owners: ['Absent', 'Unknown'], want: 'Settled' },
  {
    name: 'one absent, one present -> the absent one is dropped',
    owners: ['Absent', 'Present'],
    want: { type: 'DropOwners', node: { object: object() }, ownerUids: ['0'] },
  },
  {
    name: 'owner ending, one present -> the ending one is dropped',
    owners: ['Present', 'Ending'],
    want: { type: 'DropOwners', node: { object: object() }, ownerUids: ['1'] },
  },
  {
    name: 'owner ending, no dependents -> deleted',
    owners: ['Ending'],
    want: { type: 'Delete', policy: 'Background' },
  },
  {
    name: 'owner ending, dependents -> deleted after them',
    owners: ['Ending'],
    dependents: [dependent(true)],
    want: { type: 'Delete', policy: 'Foreground' },
  },
  {
    name: 'owner absent, to orphan its own -> that policy',
    object: object({ finalizers: ['orphan'] }),
    owners: ['Absent'],
    want: { type: 'Delete', policy: 'Orphan' },
  },
  { name: 'already going -> settled', object: going(), owners: ['Absent'], want: 'Settled' },
  {
    name: 'orphaning, dependents left -> let go one by one',
    object: going('orphan'),
    dependents: [dependent(false)],
    want: { type: 'DropOwners', node: dependent(false), ownerUids: ['u'] },
  },
  {
    name: 'orphaning, none left -> the finalizer goes',
    object: going('orphan'),
    want: { type: 'RemoveFinalizer', finalizer: 'orphan' },
  },
  {
    name: 'foreground, blocked -> waits',
    object: going('foregroundDeletion'),
    dependents: [dependent(true)],
    want: 'Settled',
  },
  {
    name: 'foreground, dependents that do not block -> the finalizer goes',
    object: going('foregroundDeletion'),
    dependents: [dependent(false)],
    want: { type: 'RemoveFinalizer', finalizer: 'foregroundDeletion' },
  },
])('reconcileObject: $name', ({ object: given = object(), owners = [], dependents = [], want }) => {
  const refs = owners.map((state, index) => ({ ref: refTo(String(index)), state }));
  const expected = typeof want === 'string' ? { type: want } : want;
  expect(reconcileObject({ object: given, owners: refs, dependents })).toEqual(expected);
});
