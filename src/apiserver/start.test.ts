// Does a server outlive a store that is away while it starts, or while it loads anew? It must not end for it.

import { expect, test } from 'vitest';
import { CorruptStoreError, StoreUnavailableError, UnknownOutcomeError } from '../kvstore/errors.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import { CompactedError, type RevisionStore } from '../kvstore/types.ts';
import { configMap, paths, startTestServer } from './testing.ts';

/** A store whose `method` fails `times` times with `error`. */
function failing(method: 'list' | 'put', error: Error, times = 2): { store: RevisionStore; failures: () => number } {
  const store = memoryStore();
  const work = store[method].bind(store) as (...args: unknown[]) => Promise<never>;
  let failures = 0;
  const failingCall = (...args: unknown[]): Promise<never> => {
    if (failures >= times) return work(...args);
    failures += 1;
    return Promise.reject(error);
  };
  store[method] = failingCall;
  return { store, failures: () => failures };
}

test.each<{ name: string; method: 'list' | 'put'; error: Error }>([
  { name: 'the state can not be loaded', method: 'list', error: new StoreUnavailableError('away') },
  { name: 'the first namespaces are refused', method: 'put', error: new StoreUnavailableError('away') },
  { name: 'the first namespaces are not confirmed', method: 'put', error: new UnknownOutcomeError('lost') },
])('a store is away at the start: $name -> the server is ready when it is back', async ({ method, error }) => {
  const { store, failures } = failing(method, error);
  const server = await startTestServer({ store });
  expect(failures()).toBe(2);
  expect((await server.call('GET /api/v1/namespaces/default')).status).toBe(200);
  await server.stop();
});

test('a store that is damaged -> the start fails', async () => {
  const { store } = failing('list', new CorruptStoreError('/state', 'damaged'));
  await expect(startTestServer({ store })).rejects.toThrow('damaged');
});

test('history is lost while the store is away -> the server loads anew when it is back', async () => {
  const store = memoryStore();
  const { watch, list } = store;
  let isBroken = false;
  let lost = (): void => {};
  const breaking = new Promise<void>((resolve) => {
    lost = resolve;
  });
  store.watch = async function* (options) {
    if (isBroken) return yield* watch.call(store, options);
    await breaking;
    throw new CompactedError(options.afterRevision, options.afterRevision + 1);
  };
  let refusals = 0;
  store.list = (options) => {
    if (!isBroken || refusals === 2) return list.call(store, options);
    refusals += 1;
    return Promise.reject(new StoreUnavailableError('away'));
  };
  const starting = startTestServer({ store });
  await new Promise((resolve) => setImmediate(resolve));
  isBroken = true;
  lost();
  const server = await starting;
  await server.create(paths.configMaps, configMap('after'));
  expect((await server.call(`GET ${paths.configMaps}/after`)).status).toBe(200);
  expect(refusals).toBe(2);
  await server.stop();
});
