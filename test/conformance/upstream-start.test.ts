// Does a new cluster have what upstream's has? Roles, bindings, namespaces, priority classes, published certificates,
// group versions – each compared with what a real kube-apiserver makes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttpsTestServer } from '../../src/apiserver/https/testing.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { type ApiAnswer, type ApiCaller, apiCaller } from '../fixtures/api-caller.ts';
import { startUpstreamServer, whyNoUpstream } from '../fixtures/upstream-server.ts';

const why = await whyNoUpstream();
if (why) report(`a new cluster is not compared with upstream's: ${why}`);

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** By namespace and name, without what every object has of its own. */
type Objects = Map<string, Record<string, unknown>>;

const { signal } = new AbortController();

async function objectsOf(call: ApiCaller, path: string): Promise<Objects> {
  const { json, text, status } = await call(`GET ${path}`);
  if (status !== 200) throw new Error(`${path}: ${text}`);
  return new Map(
    itemsOf(json).map((item) => {
      const metadata = without(item['metadata'] as object, ...ofEveryObject);
      return [
        `${metadata['namespace'] ?? ''}/${metadata['name']}`,
        { ...without(item, 'kind', 'apiVersion'), metadata },
      ];
    }),
  );
}

const ofEveryObject = ['uid', 'resourceVersion', 'creationTimestamp', 'managedFields'];

function itemsOf(json: ApiAnswer['json']): Record<string, unknown>[] {
  return (json?.['items'] ?? []) as Record<string, unknown>[];
}

function without(object: object, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

describe.skipIf(why)('a new cluster', () => {
  let ours: ApiCaller;
  let upstream: ApiCaller;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const reference = await startUpstreamServer();
    const { identities } = reference;
    const systemObjects = { clientAuthority: identities.server.ca };
    const server = await startHttpsTestServer(identities, { defaultRoles: true, systemObjects });
    upstream = apiCaller(reference.url, identities.admin);
    ours = apiCaller(server.url, identities.admin);
    stops.push(
      () => reference.stop(),
      () => server.stop(),
    );
    // Written last, and a while after both are ready.
    const last = 'GET /api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    for (const call of [ours, upstream])
      await pollUntil(async () => (await call(last)).status === 200, { clock, signal, intervalMs: 100 });
  });
  afterAll(async () => {
    ours?.close();
    upstream?.close();
    await Promise.all(stops.map((stop) => stop()));
  });

  // Their rules are those of others, put together by a controller, which no process here runs beside upstream's server.
  const aggregated = new Set(['/admin', '/edit', '/view']);

  test.each(['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'])('has its %s', async (plural) => {
    const [here, there] = await Promise.all([
      objectsOf(ours, `${rbac}/${plural}`),
      objectsOf(upstream, `${rbac}/${plural}`),
    ]);
    for (const [key, object] of there) {
      if (aggregated.has(key) && plural === 'clusterroles')
        expect(here.get(key), key).toMatchObject(without(object, 'rules'));
      else expect(here.get(key), key).toEqual(object);
    }
    const own = [...here.keys()].filter((key) => !there.has(key));
    expect(own.filter((key) => !key.startsWith('/system:amarre:'))).toEqual([]);
  });

  test('has its namespaces, and two of its own', async () => {
    const path = '/api/v1/namespaces';
    const [here, there] = await Promise.all([objectsOf(ours, path), objectsOf(upstream, path)]);
    const own = new Set(['/velero', '/amarre-system']);
    expect(Object.fromEntries([...here].filter(([key]) => !own.has(key)))).toEqual(Object.fromEntries(there));
  });

  test.each(['/apis/scheduling.k8s.io/v1/priorityclasses', '/api/v1/namespaces/kube-system/configmaps'])(
    'has its %s',
    async (path) => {
      const [here, there] = await Promise.all([objectsOf(ours, path), objectsOf(upstream, path)]);
      expect(here).toEqual(there);
    },
  );

  // Of no use to what Amarre is for: docs/reference/differences-from-upstream.md.
  const notServed = ['flowcontrol.apiserver.k8s.io', 'resource.k8s.io'];

  test('has its groups, in their order, with their priorities', async () => {
    const path = '/apis/apiregistration.k8s.io/v1/apiservices';
    const [here, there] = await Promise.all([objectsOf(ours, path), objectsOf(upstream, path)]);
    for (const [key, { spec, metadata }] of there) {
      if (notServed.some((group) => key.endsWith(`.${group}`))) continue;
      expect(here.get(key), key).toMatchObject({ spec, metadata });
    }
    const groupsOf = async (call: ApiCaller): Promise<string[]> => {
      const { json } = await call('GET /apis');
      return ((json?.['groups'] ?? []) as { name: string }[]).map(({ name }) => name);
    };
    const groups = (await groupsOf(upstream)).filter((group) => !notServed.includes(group));
    expect((await groupsOf(ours)).slice(0, groups.length)).toEqual(groups);
  });
});
