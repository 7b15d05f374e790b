// Do servers that share a real etcd agree on who is alive? Time is made; etcd and its failures are not.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Endpoints } from '../apis/core/generated/v1.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { openEtcdStore } from '../kvstore/etcd-store.ts';
import { type EtcdProcess, startEtcd } from '../kvstore/etcd-testing.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { startTestServer, type TestServer } from './testing.ts';

const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
let etcd: EtcdProcess;
beforeAll(async () => {
  etcd = await startEtcd({ args: ['--unsafe-no-fsync'] });
});
afterAll(() => etcd.remove());

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Started {
  server: TestServer;
  store: RevisionStore;
  clock: FakeClock;
}

/** A server with a connection and a clock of its own, as on a machine of its own. */
async function startAt(address: string): Promise<Started> {
  const clock = new FakeClock();
  const store = await openEtcdStore({ endpoints: [etcd.endpoint], clock: systemClock, log, requestTimeoutMs: 1_000 });
  const server = await startTestServer({ clock, store, advertised: { address, port: 6443 } });
  stops.push(
    () => store.close(),
    () => server.stop(),
  );
  return { server, store, clock };
}

async function addressesOf(server: TestServer): Promise<string[] | undefined> {
  const { status, json } = await server.call(`GET ${endpoints}`);
  if (status !== 200) return undefined;
  return (json as unknown as Endpoints).subsets?.flatMap(({ addresses }) => addresses?.map(({ ip }) => ip) ?? []);
}

/** Lets the time of `running` pass, slowly enough for etcd to answer, until each names exactly `addresses`. */
async function untilNamed(running: Started[], ...addresses: string[]): Promise<void> {
  const isNamed = async ({ server }: Started): Promise<boolean> => `${await addressesOf(server)}` === `${addresses}`;
  while ((await Promise.all(running.map(isNamed))).includes(false)) {
    await Promise.all(running.map(({ clock }) => clock.advance(500)));
    await systemClock.sleep(20, new AbortController().signal);
  }
}

test('servers that come, stop, die and lose etcd for a while -> the endpoints are those that are alive', async () => {
  const first = await startAt('10.213.0.1');
  await untilNamed([first], '10.213.0.1');
  const second = await startAt('10.213.0.2');
  const both = [first, second];
  await untilNamed(both, '10.213.0.1', '10.213.0.2');

  // It stops: it takes its sign away itself, so that nobody needs to wait.
  const third = await startAt('10.213.0.3');
  await untilNamed([...both, third], '10.213.0.1', '10.213.0.2', '10.213.0.3');
  await third.server.stop();
  expect(await first.store.get('/amarre.io/apiservers/10.213.0.3')).toBeUndefined();
  await untilNamed(both, '10.213.0.1', '10.213.0.2');

  // It dies: its time no longer passes, and its sign stays until the others take it for gone.
  const fourth = await startAt('10.213.0.4');
  await untilNamed([...both, fourth], '10.213.0.1', '10.213.0.2', '10.213.0.4');
  await untilNamed(both, '10.213.0.1', '10.213.0.2');
  expect(await first.store.get('/amarre.io/apiservers/10.213.0.4')).toBeUndefined();
  // It was only standing still after all.
  await untilNamed([...both, fourth], '10.213.0.1', '10.213.0.2', '10.213.0.4');

  await etcd.kill();
  for (const { clock } of both) await clock.advance(20_000);
  expect((await first.server.call(`GET ${endpoints}`)).status).toBe(503);
  await etcd.start();
  await untilNamed([...both, fourth], '10.213.0.1', '10.213.0.2', '10.213.0.4');
});
