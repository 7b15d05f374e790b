import { expect, test } from 'vitest';
import type { DraftMeta, KubeObject } from './meta.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1', controller: true };

test.each<{ name: string; metadata: DraftMeta; namespaced?: boolean; want: string[] }>([
  { name: 'valid -> nothing', metadata: { name: 'a', namespace: 'b' }, want: [] },
  {
    name: 'no name',
    metadata: { namespace: 'b' },
    want: ['metadata.name: Required value: name or generateName is required'],
  },
  {
    name: 'bad name',
    metadata: { name: 'A', namespace: 'b' },
    want: [expect.stringContaining('metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must')],
  },
  {
    name: 'generated name ends with a dash -> fine',
    metadata: { name: 'a-x', generateName: 'a-', namespace: 'b' },
    want: [],
  },
  {
    name: 'nothing but a dash is generated from',
    metadata: { name: '-x', generateName: '-', namespace: 'b' },
    want: [
      expect.stringContaining('metadata.generateName: Invalid value: "-": a lowercase RFC 1123'),
      expect.stringContaining('metadata.name: Invalid value: "-x": a lowercase RFC 1123'),
    ],
  },
  { name: 'no namespace', metadata: { name: 'a' }, want: ['metadata.namespace: Required value'] },
  {
    name: 'namespace on a cluster-scoped kind',
    namespaced: false,
    metadata: { name: 'a', namespace: 'b' },
    want: ['metadata.namespace: Forbidden: not allowed on this type'],
  },
  {
    name: 'bad label value',
    metadata: { name: 'a', namespace: 'b', labels: { k: 'a b' } },
    want: [expect.stringContaining('metadata.labels: Invalid value: "a b": a valid label must be an empty string')],
  },
  {
    name: 'annotations too large',
    metadata: { name: 'a', namespace: 'b', annotations: { k: 'x'.repeat(262145) } },
    want: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  },
  {
    name: 'two controllers',
    metadata: { name: 'a', namespace: 'b', ownerReferences: [owner, { ...owner, name: 'q' }] },
    want: [
      expect.stringContaining(
        'Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q',
      ),
    ],
  },
  {
    name: 'owner without uid',
    metadata: { name: 'a', namespace: 'b', ownerReferences: [{ ...owner, uid: '' }] },
    want: ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
  },
  {
    name: 'an event owns, with no version',
    metadata: {
      name: 'a',
      namespace: 'b',
      ownerReferences: [
        { ...owner, kind: 'Event', controller: false },
        { ...owner, apiVersion: 'a/b/c' },
      ],
    },
    want: [
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"p","uid":"1","controller":false}: /v1, Kind=Event is disallowed from being an owner',
      'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    ],
  },
  {
    name: 'finalizers that contradict each other, after owners',
    metadata: {
      name: 'a',
      namespace: 'b',
      finalizers: ['orphan', 'foregroundDeletion'],
      ownerReferences: [{ ...owner, kind: '' }],
    },
    want: [
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  },
])('validateObjectMeta: $name', ({ metadata, namespaced = true, want }) => {
  const causes = validateObjectMeta({ metadata } as KubeObject, { namespaced });
  expect(causes.map((cause) => `${cause.field}: ${cause.message}`)).toEqual(want);
});

test.each<{ name: string; metadata: DraftMeta; old?: DraftMeta; plainFinalizers?: boolean; want: string[] }>([
  { name: 'nothing changed -> nothing', metadata: { finalizers: ['a/b'] }, want: [] },
  {
    name: 'a finalizer added while it is deleted',
    metadata: { finalizers: ['a/b', 'c/d'] },
    old: { finalizers: ['a/b'], deletionTimestamp: '2021-02-03T04:05:06Z' },
    want: [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
    ],
  },
  {
    name: 'a finalizer without a prefix -> only where a prefix is asked for',
    metadata: { finalizers: ['a'] },
    plainFinalizers: false,
    want: [
      'metadata.finalizers[0]: Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
  { name: 'the same finalizer anywhere else', metadata: { finalizers: ['a'] }, want: [] },
  {
    name: 'an owner without a kind',
    metadata: { ownerReferences: [{ ...owner, kind: '' }] },
    want: ['metadata.ownerReferences.kind: Invalid value: "": must not be empty'],
  },
])('validateObjectMetaUpdate: $name', ({ metadata, old = {}, plainFinalizers = true, want }) => {
  const causes = validateObjectMetaUpdate({ metadata } as KubeObject, { metadata: old } as KubeObject, {
    plainFinalizers,
  });
  expect(causes.map((cause) => `${cause.field}: ${cause.message}`)).toEqual(want);
});
