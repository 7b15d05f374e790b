import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { StoreUnavailableError } from '../kvstore/errors.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { WatchCache } from './cache/watch-cache.ts';
import { compactHistory, followStore } from './loops.ts';
import { paths, startTestServer } from './testing.ts';

const intervalMs = 300_000;

async function write(store: RevisionStore, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await store.put(`/registry/a/${store.currentRevision()}`, Buffer.from('x'), 0);
}

/** Runs the loop over `store`; `pass` is one interval. */
function loop(store: RevisionStore): { pass: () => Promise<void>; stop: () => Promise<unknown> } {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const running = compactHistory({ store, clock, log }, { intervalMs, signal: stopping.signal }).catch(
    (error: unknown) => error,
  );
  return {
    pass: () => clock.advance(intervalMs),
    stop: () => {
      stopping.abort(new Error('end'));
      return running;
    },
  };
}

test('compaction -> what is older than one to two intervals is forgotten, the rest can be read', async () => {
  const store = memoryStore();
  const { pass, stop } = loop(store);
  await write(store, 3);
  await pass();
  expect(store.compactedRevision()).toBe(0);
  const first = store.currentRevision();
  await write(store, 4);
  await pass();
  expect(store.compactedRevision()).toBe(first);
  const second = store.currentRevision();
  expect((await store.list({ prefix: '/', revision: second })).entries).toHaveLength(7);
  await pass();
  expect(store.compactedRevision()).toBe(second);
  // A restart must not take what was there before it for old.
  await pass();
  expect(store.compactedRevision()).toBe(second);
  expect(await stop()).toMatchObject({ message: 'end' });
});

test('a store that refuses for a while -> compacted when it takes it again', async () => {
  const store = memoryStore();
  const { compact } = store;
  let refusals = 0;
  store.compact = () => {
    refusals += 1;
    return Promise.reject(new Error('no space'));
  };
  const { pass, stop } = loop(store);
  await write(store, 2);
  for (let i = 0; i < 3; i++) await pass();
  expect([refusals, store.compactedRevision()]).toEqual([2, 0]);
  store.compact = compact.bind(store);
  await pass();
  expect(store.compactedRevision()).toBe(2);
  await stop();
});

test('a store that is away while the server is ready -> the server goes on, and does what it could not do', async () => {
  const clock = new FakeClock();
  const store = memoryStore();
  const { put, delete: remove } = store;
  const server = await startTestServer({ clock, store, eventTtlMs: 60_000 });
  const event = { involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' }, reason: 'Started' };
  await server.create(paths.events, { metadata: { name: 'old', namespace: 'default' }, ...event });
  const away = (): Promise<never> => Promise.reject(new StoreUnavailableError('etcd is away'));
  store.put = away;
  store.delete = away;
  await clock.advance(90_000);
  const count = async (prefix: string): Promise<number> => (await store.list({ prefix })).entries.length;
  const [oldEvents, definitions] = ['/registry/core/events/', '/registry/apiextensions.k8s.io/'];
  expect([await count(oldEvents), await count(definitions)]).toEqual([1, 0]);
  store.put = put.bind(store);
  store.delete = remove.bind(store);
  while ((await count(oldEvents)) > 0 || (await count(definitions)) === 0) await clock.advance(1000);
  await server.stop();
});

test('a load of the state that nothing answers -> ends with the server, at once', async () => {
  const stopping = new AbortController();
  const loads = { run: () => new Promise<void>(() => {}) } as unknown as WatchCache;
  const following = followStore({ cache: loads, clock: new FakeClock(), log }, stopping.signal);
  stopping.abort(new Error('end'));
  await expect(following).rejects.toThrow('end');
});
