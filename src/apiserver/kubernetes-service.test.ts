import { afterEach, expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import { startTestServer, type TestServer } from './testing.ts';

const service = '/api/v1/namespaces/default/services/kubernetes';
const endpoints = '/api/v1/namespaces/default/endpoints/kubernetes';
const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** A server that says where it is; resolves when the state shows what `isSo` says. */
async function startAt(
  address: string,
  isSo: (server: TestServer) => Promise<boolean>,
  { store = memoryStore(), clock = new FakeClock() } = {},
): Promise<TestServer> {
  const server = await startTestServer({ clock, store, advertised: { address, port: 6443 } });
  servers.push(server);
  do await clock.advance(1000);
  while (!(await isSo(server)));
  return server;
}

const read = async (server: TestServer, path: string) => (await server.call(`GET ${path}`)).json;
const addressesOf = async (server: TestServer): Promise<string> => {
  const [first, second] = [await read(server, slice), await read(server, endpoints)];
  const inSlice = ((first['endpoints'] ?? []) as { addresses: string[] }[]).flatMap(({ addresses }) => addresses);
  const subsets = (second['subsets'] ?? []) as { addresses: { ip: string }[] }[];
  const inEndpoints = subsets.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
  return `${inSlice} ${inEndpoints}`;
};
/** The slice is written last. */
const names =
  (...addresses: string[]) =>
  async (server: TestServer): Promise<boolean> =>
    (await addressesOf(server)) === `${addresses} ${addresses}`;

test('a new cluster -> the Service, its endpoints and their slice, without a wait', async () => {
  const clock = new FakeClock();
  const since = clock.now();
  const server = await startAt('10.213.0.1', names('10.213.0.1'), { clock });
  expect(clock.now() - since).toBe(1000);
  expect(await read(server, service)).toMatchObject({
    metadata: { labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
  });
  expect(await read(server, slice)).toMatchObject({
    metadata: { labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.213.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });
  expect(await read(server, endpoints)).toMatchObject({
    metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: '10.213.0.1' }], ports: [{ name: 'https', port: 6443 }] }],
  });
});

test('a server that comes back -> nothing is written at the same address; elsewhere, only its new one is named', async () => {
  const store = memoryStore();
  const first = await startAt('10.213.0.1', names('10.213.0.1'), { store });
  const versions = async (server: TestServer): Promise<string[]> => {
    const all = await Promise.all([service, endpoints, slice].map((path) => read(server, path)));
    return all.map(({ metadata }) => metadata.resourceVersion);
  };
  const before = await versions(first);
  let rounds = 0;
  const again = await startAt('10.213.0.1', () => Promise.resolve(++rounds === 20), { store });
  expect(await versions(again)).toEqual(before);
  await startAt('10.213.0.9', names('10.213.0.9'), { store });
});

test('two servers over one state -> both addresses', async () => {
  const store = Object.assign(memoryStore(), { isShared: true });
  await startAt('10.213.0.2', names('10.213.0.2'), { store });
  await startAt('10.213.0.1', names('10.213.0.1', '10.213.0.2'), { store });
});

test('a server that stops -> its address goes; one that says nothing more -> after a while', async () => {
  const store = Object.assign(memoryStore(), { isShared: true });
  const clock = new FakeClock();
  const stays = await startAt('10.213.0.1', names('10.213.0.1'), { store, clock });
  const until = async (...addresses: string[]): Promise<number> => {
    const since = clock.now();
    while (!(await names(...addresses)(stays))) await clock.advance(1000);
    return clock.now() - since;
  };
  const stops = await startAt('10.213.0.2', names('10.213.0.1', '10.213.0.2'), { store });
  // A sign that nobody renews: of a server that was killed.
  await store.put('/amarre.io/apiservers/10.213.0.3', Buffer.from(''), 0);
  await until('10.213.0.1', '10.213.0.2', '10.213.0.3');
  await stops.stop();
  expect(await until('10.213.0.1', '10.213.0.3')).toBeLessThan(6_000);
  const took = await until('10.213.0.1');
  expect(took).toBeGreaterThan(5_000);
  expect(took).toBeLessThan(20_000);
  expect((await store.list({ prefix: '/amarre.io/apiservers/' })).entries.map(({ key }) => key)).toEqual([
    '/amarre.io/apiservers/10.213.0.1',
  ]);
});

test('a loopback address -> the Service alone', async () => {
  const hasService = async (server: TestServer): Promise<boolean> =>
    (await server.call(`GET ${service}`)).status === 200;
  const server = await startAt('127.0.0.1', hasService);
  expect((await server.call(`GET ${endpoints}`)).status).toBe(404);
});
