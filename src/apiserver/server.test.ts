// Who gets in, and what does the server say about itself?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { mergePatch, paths, pod, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { configMaps, events } = paths;

test('events -> deleted after their time, unless they happened again', async () => {
  await server.stop();
  const clock = new FakeClock();
  server = await startTestServer({ clock, eventTtlMs: 60_000 });
  const event = {
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    reason: 'Started',
    type: 'Normal',
    source: { component: 't' },
  };
  for (const name of ['once', 'again']) await server.create(events, { metadata: { name }, ...event });
  await clock.advance(50_000);
  const lastTimestamp = '2026-01-01T00:00:50Z';
  await server.call(`PATCH ${events}/again`, { count: 2, lastTimestamp }, mergePatch);
  await clock.advance(20_000);
  expect((await server.call(`GET ${events}`)).json.items.map(({ metadata }) => metadata.name)).toEqual(['again']);
});

test.each([
  { name: 'no certificate, an object -> Unauthorized', path: '/api/v1/nodes', code: 401 },
  { name: 'no certificate, discovery -> Unauthorized', path: '/apis', code: 401 },
  { name: 'no certificate, health -> ok', path: '/readyz', code: 200 },
  { name: 'no certificate, version -> ok', path: '/version', code: 200 },
])('$name', async ({ path, code }) => {
  const request = { method: 'GET', path, headers: {}, body: undefined, user: undefined };
  expect((await server.apiServer.handle(request, new AbortController())).status).toBe(code);
});

test('a node writes what is not its own -> Forbidden by admission where the URL does not tell', async () => {
  const user = { name: 'system:node:node-1', groups: ['system:nodes'] };
  const other = await server.call('POST /api/v1/nodes', { metadata: { name: 'node-2' } }, { user });
  expect(other.json).toMatchObject({
    code: 403,
    message: 'nodes "node-2" is forbidden: node "node-1" is not allowed to modify node "node-2"',
  });
  const own = await server.call('POST /api/v1/nodes', { metadata: { name: 'node-1' } }, { user });
  expect(own.status).toBe(201);
  const lease = await server.call(
    'POST /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    { metadata: { name: 'node-2' } },
    { user },
  );
  expect(lease.status).toBe(403);
});

test('a node deletes a pod of its own -> as anyone would', async () => {
  const user = { name: 'system:node:node-1', groups: ['system:nodes'] };
  await server.create(paths.pods, pod('mine', { nodeName: 'node-1' }));
  await server.create(paths.pods, pod('other', { nodeName: 'node-2' }));
  expect((await server.call(`DELETE ${paths.pods}/mine`, { gracePeriodSeconds: 0 }, { user })).status).toBe(200);
  expect((await server.call(`DELETE ${paths.pods}/other`, { gracePeriodSeconds: 0 }, { user })).status).toBe(403);
  expect((await server.call(`GET ${paths.pods}/mine`, undefined, { user })).status).toBe(404);
});

test('discovery -> aggregated with ETag, 304 when unchanged, plain otherwise', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const { headers, json } = await server.call('GET /apis', undefined, { accept });
  expect(headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  expect(json.items.map(({ metadata }) => metadata.name)).toContain('storage.k8s.io');
  const request = {
    method: 'GET',
    path: '/apis',
    headers: { accept, 'if-none-match': headers['etag'] as string },
    body: undefined,
    user: { name: 'amarre-admin', groups: ['system:masters'] },
  };
  expect((await server.apiServer.handle(request, new AbortController())).status).toBe(304);
  expect((await server.call('GET /apis')).json).toMatchObject({ kind: 'APIGroupList' });
  expect((await server.call('GET /apis/apps')).json).toMatchObject({
    kind: 'APIGroup',
    preferredVersion: { version: 'v1' },
  });
  expect((await server.call('GET /api/v1')).json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
});

test('the server apply of an object that is not there -> created, then merged', async () => {
  const apply = { contentType: 'application/apply-patch+yaml' };
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: "1"}\n';
  const path = `${configMaps}/applied?fieldManager=kubectl&force=false`;
  expect((await server.call(`PATCH ${path}`, yaml, apply)).status).toBe(201);
  const { status, json } = await server.call(`PATCH ${path}`, yaml.replace('a: "1"', 'b: "2"'), apply);
  expect([status, json['data']]).toEqual([200, { b: '2' }]);
});
