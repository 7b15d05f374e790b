// Does a server that waits for its etcd still answer? It must not be taken for one that stands still.

import { expect, test } from 'vitest';
import { startHttpsTestServer, testIdentities } from '../apiserver/https/testing.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import { askHealth } from './ask-health.ts';

test('an etcd that says nothing -> the server is there, and does not say that it is ready', async () => {
  const identities = await testIdentities();
  const store = memoryStore();
  const shared = Object.assign(store, { isShared: true });
  const server = await startHttpsTestServer(identities, { store: shared });
  const { isReady, answers } = askHealth(identities.server.ca);
  const place = { host: '127.0.0.1', port: server.port };
  const inTime = (): AbortSignal => AbortSignal.timeout(1000);
  expect(await isReady(place, inTime())).toBe(true);
  store.latestRevision = () => new Promise(() => {});
  await expect(isReady(place, inTime())).rejects.toThrow();
  expect(await answers(place, inTime())).toBe(true);
  await server.stop();
  await expect(answers(place, inTime())).rejects.toThrow();
});
