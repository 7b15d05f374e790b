// What goes, and what stays for a while?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { configMaps, pods } = paths;

test('no finalizers -> gone, with the uid in the answer', async () => {
  const { metadata } = await server.create(configMaps, configMap('a'));
  const { json } = await server.call(`DELETE ${configMaps}/a`);
  expect(json).toMatchObject({
    kind: 'Status',
    status: 'Success',
    details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
  });
  expect((await server.call(`GET ${configMaps}/a`)).status).toBe(404);
});

test('a finalizer -> stays until it is removed; no new ones are taken', async () => {
  await server.create(configMaps, configMap('a', { finalizers: ['example.com/f'] }));
  const { json } = await server.call(`DELETE ${configMaps}/a`);
  expect(json).toMatchObject({
    kind: 'ConfigMap',
    metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 0 },
  });
  const added = await server.call(
    `PATCH ${configMaps}/a`,
    { metadata: { finalizers: ['example.com/f', 'example.com/g'] } },
    mergePatch,
  );
  expect(added.json.message).toContain(
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/g"}',
  );
  expect((await server.call(`PATCH ${configMaps}/a`, { metadata: { finalizers: null } }, mergePatch)).status).toBe(200);
  expect((await server.call(`GET ${configMaps}/a`)).status).toBe(404);
});

test('preconditions -> Conflict unless they hold', async () => {
  const { metadata } = await server.create(configMaps, configMap('a'));
  const refused = await server.call(`DELETE ${configMaps}/a`, { preconditions: { uid: 'other' } });
  expect(refused.json).toMatchObject({ code: 409, reason: 'Conflict' });
  const stale = await server.call(`DELETE ${configMaps}/a`, { preconditions: { resourceVersion: '1' } });
  expect(stale.status).toBe(409);
  const { uid, resourceVersion } = metadata;
  expect((await server.call(`DELETE ${configMaps}/a`, { preconditions: { uid, resourceVersion } })).status).toBe(200);
});

test('a bound pod -> terminating with its grace, then gone with grace 0', async () => {
  await server.create(pods, pod('p'));
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'p' },
    target: { kind: 'Node', name: 'node-1' },
  };
  expect((await server.call(`POST ${pods}/p/binding`, binding)).status).toBe(201);
  const again = await server.call(`POST ${pods}/p/binding`, binding);
  expect(again.json.message).toBe(
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node-1"',
  );
  const bound = await server.call(`GET ${pods}/p`);
  expect(bound.json).toMatchObject({
    spec: { nodeName: 'node-1' },
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
  });

  const marked = await server.call(`DELETE ${pods}/p`);
  expect(marked.json.metadata.deletionGracePeriodSeconds).toBe(30);
  expect((await server.call(`GET ${pods}/p`)).status).toBe(200);
  await server.call(`DELETE ${pods}/p`, { gracePeriodSeconds: 0 });
  expect((await server.call(`GET ${pods}/p`)).status).toBe(404);
});

test('an eviction -> deletes the pod', async () => {
  await server.create(pods, pod('p'));
  const answer = await server.call(`POST ${pods}/p/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'p' },
  });
  expect(answer.status).toBe(201);
  expect((await server.call(`GET ${pods}/p`)).status).toBe(404);
});

test('a collection -> those that the selector chooses', async () => {
  await server.create(configMaps, configMap('a', { labels: { x: '1' } }));
  await server.create(configMaps, configMap('b'));
  await server.call(`DELETE ${configMaps}?labelSelector=x%3D1`);
  const { json } = await server.call(`GET ${configMaps}`);
  expect(json.items.map(({ metadata }) => metadata.name)).toEqual(['b']);
});

test('a namespace -> terminating, nothing new in it, gone when finalized', async () => {
  await server.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
  const { json } = await server.call('DELETE /api/v1/namespaces/shop');
  expect(json).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
  const refused = await server.call('POST /api/v1/namespaces/shop/configmaps', configMap('a'));
  expect(refused.json).toMatchObject({
    code: 403,
    message:
      'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
  await server.call('PUT /api/v1/namespaces/shop/finalize', { metadata: { name: 'shop' }, spec: { finalizers: [] } });
  expect((await server.call('GET /api/v1/namespaces/shop')).status).toBe(404);
});
