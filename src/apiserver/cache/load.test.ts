// What does the watch cache hold when the store is larger than a page, and others write while it is loaded?

import { expect, test } from 'vitest';
import { silentLogger } from '../../base/log.ts';
import { memoryStore } from '../../kvstore/memory-store.ts';
import type { RevisionStore } from '../../kvstore/types.ts';
import { encodeForStore } from './stored-object.ts';
import { WatchCache } from './watch-cache.ts';

const prefix = '/registry/core/configmaps/';
const nameOf = (i: number): string => `c-${10_000 + i}`;
const keyOf = (i: number): string => `${prefix}default/${nameOf(i)}`;
const valueOf = (i: number, text: string): Uint8Array =>
  encodeForStore({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: nameOf(i), namespace: 'default', uid: String(i) },
    data: { text },
  } as never);

/** `store`, to which somebody writes after each page that is read. */
function written(store: RevisionStore, write: (page: number) => Promise<unknown>): RevisionStore {
  let pages = 0;
  const list: RevisionStore['list'] = async (options) => {
    const found = await store.list(options);
    await write(pages++);
    return found;
  };
  return new Proxy(store, {
    get: (target, name) => (name === 'list' ? list : (Reflect.get(target, name) as () => unknown).bind?.(target)),
  });
}

test('1,200 objects, others are written between the pages -> each is there once, and as it is in the store', async () => {
  const store = memoryStore();
  for (let i = 0; i < 1_200; i++) await store.put(keyOf(i), valueOf(i, 'first'), 0);
  const cache = new WatchCache(
    written(store, async (page) => {
      if (page > 0) return;
      await store.put(keyOf(1), valueOf(1, 'changed'), 2);
      await store.put(keyOf(1_100), valueOf(1_100, 'changed'), 1_101);
      await store.delete(keyOf(1_150), 1_151);
      await store.put(keyOf(2_000), valueOf(2_000, 'new'), 0);
    }),
    silentLogger,
  );
  const stop = new AbortController();
  const running = cache.run(stop.signal);
  await cache.reached(1_204, stop.signal);
  const held = [...cache.collection(prefix).below(prefix)];
  const { entries } = await store.list({ prefix });
  expect(held.map(({ key, revision }) => `${key} ${revision}`)).toEqual(
    entries.map(({ key, modRevision }) => `${key} ${modRevision}`),
  );
  expect(
    held.filter(({ object }) => (object as unknown as { data: { text: string } }).data.text !== 'first'),
  ).toHaveLength(3);
  expect(held.every(({ object, revision }) => object.metadata.resourceVersion === String(revision))).toBe(true);
  stop.abort();
  await running;
});

test('a note of a server outside the registry -> the revision moves on, and nothing else happens', async () => {
  const store = memoryStore();
  const cache = new WatchCache(store, silentLogger);
  const stop = new AbortController();
  const running = cache.run(stop.signal);
  await cache.reached(0, stop.signal);
  await store.put('/amarre.io/note', Buffer.from('no object'), 0);
  await store.put(keyOf(1), valueOf(1, 'first'), 0);
  await cache.reached(2, stop.signal);
  const replayed = [];
  const range = { after: 0, until: 2, signal: stop.signal };
  for await (const { key } of cache.replay(prefix, range)) replayed.push(key);
  expect(replayed).toEqual([keyOf(1)]);
  stop.abort();
  await running;
});
