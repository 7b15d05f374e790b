// What does a collection keep of what is no more? Its bytes, for those who come back.

import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { CacheEvent, Collection } from './collection.ts';
import { StoredObject } from './stored-object.ts';

const key = '/registry/core/configmaps/default/a';

function stored(revision: number): StoredObject {
  const metadata = { name: 'a', namespace: 'default', resourceVersion: String(revision) };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata } as KubeObject;
  return new StoredObject({ key, revision, bytes: Buffer.from(JSON.stringify(object)), object });
}

test('an object is replaced -> who watches sees it as it was parsed, history makes it anew from its bytes', () => {
  const collection = new Collection('/registry/core/configmaps/', 0);
  const [first, second] = [stored(1), stored(2)];
  const [parsed, newest] = [first.object, second.object];
  collection.load(first);
  const seen: unknown[] = [];
  collection.sinks.add({ offer: ({ previous }) => seen.push(previous?.object) });
  collection.apply(new CacheEvent({ revision: 2, key, current: second, previous: first }));
  expect(seen[0]).toBe(parsed);
  expect(collection.get(key)?.object).toBe(newest);
  const [kept] = collection.since(0)?.map(({ previous }) => previous?.object) ?? [];
  expect(kept).toEqual(parsed);
  expect(kept).not.toBe(parsed);
});
