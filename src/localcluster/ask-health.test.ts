// Does a server that waits for its etcd still answer? It must not be taken for one that stands still.

import { expect, test } from 'vitest';
import { startHttpsTestServer, testIdentities } from '../apiserver/https/testing.ts';
import { systemClock } from '../base/system-clock.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import { askHealth } from './ask-health.ts';

test('an etcd that says nothing -> the server is there, and does not say that it is ready', async () => {
  const identities = await testIdentities();
  const store = memoryStore();
  const shared = Object.assign(store, { isShared: true });
  const server = await startHttpsTestServer(identities, { store: shared });
  const { isReady, answers } = askHealth(identities.server.ca);
  const place = { host: '127.0.0.1', port: server.port };
  const limit = { what: 'the server to answer', timeoutMs: 1000, signal: new AbortController().signal };
  const inTime = (question: typeof isReady): Promise<boolean> =>
    systemClock.withTimeout(limit, (bounded) => question(place, bounded));
  expect(await inTime(isReady)).toBe(true);
  store.latestRevision = () => new Promise(() => {});
  await expect(inTime(isReady)).rejects.toThrow();
  expect(await inTime(answers)).toBe(true);
  await server.stop();
  await expect(inTime(answers)).rejects.toThrow();
});
