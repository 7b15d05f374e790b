import { expect, test } from 'vitest';
import type { ObjectMeta } from './meta.ts';
import { metadataWith } from './meta-copy.ts';

const meta = (overrides: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name: 'web',
  namespace: 'shop',
  uid: 'uid-1',
  resourceVersion: '7',
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...overrides,
});

test.each<{ name: string; metadata: ObjectMeta; identity: ObjectMeta; want: ObjectMeta }>([
  {
    name: 'identity of another -> replaced, the rest stays',
    metadata: meta({ name: 'other', uid: 'uid-2', creationTimestamp: '', labels: { app: 'web' }, finalizers: ['a/b'] }),
    identity: meta({ labels: { app: 'not taken' } }),
    want: meta({ resourceVersion: '9', labels: { app: 'web' }, finalizers: ['a/b'] }),
  },
  {
    name: 'identity without a namespace -> the namespace stays, for validation to see',
    metadata: meta({ namespace: 'kept' }),
    identity: { name: 'web', uid: 'uid-1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
    want: meta({ namespace: 'kept', resourceVersion: '9' }),
  },
])('metadataWith: $name', ({ metadata, identity, want }) => {
  const before = structuredClone(metadata);
  expect(metadataWith(metadata, identity, '9')).toStrictEqual(want);
  expect(metadata).toEqual(before);
});

test('metadataWith: no namespace anywhere and no revision yet -> neither is written', () => {
  const { namespace: _namespace, ...metadata } = meta();
  expect(JSON.parse(JSON.stringify(metadataWith(metadata, metadata, undefined)))).toStrictEqual({
    name: 'web',
    uid: 'uid-1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  });
});
