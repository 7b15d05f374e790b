// What do the subresources of pods change that clients reach by GET, PUT and every kind of PATCH?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  const limits = { cpu: '1', memory: '1Gi' };
  await server.create(paths.pods, pod('p', { containers: [{ name: 'app', image: 'i', resources: { limits } }] }));
});
afterEach(() => server.stop());

const at = `${paths.pods}/p`;
const debug = { name: 'debug', image: 'i', stdin: true };
const strategic = { contentType: 'application/strategic-merge-patch+json' };
const applyType = { contentType: 'application/apply-patch+yaml' };

test('kubectl debug -> its patch adds the container, with defaults; the generation rises', async () => {
  const before = (await server.call(`GET ${at}/ephemeralcontainers`)).json;
  const patch = { metadata: { labels: { a: 'b' } }, spec: { ephemeralContainers: [debug], nodeName: 'n' } };
  const { status, json } = await server.call(`PATCH ${at}/ephemeralcontainers`, patch, strategic);
  expect([status, json.message]).toEqual([200, undefined]);
  expect(json['spec']).toMatchObject({
    ephemeralContainers: [{ ...debug, terminationMessagePath: '/dev/termination-log', imagePullPolicy: 'Always' }],
  });
  expect(json['spec']).not.toHaveProperty('nodeName');
  expect(json.metadata.labels).toBeUndefined();
  expect(json.metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
  expect((await server.call(`GET ${at}`)).json).toEqual(json);
});

test('a pod itself -> takes no ephemeral containers', async () => {
  const { status } = await server.call(`PATCH ${at}`, { spec: { ephemeralContainers: [debug] } }, strategic);
  expect(status).toBe(422);
});

test('resize -> CPU changes, what else the patch says does not; the owner owns what it set', async () => {
  const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } };
  const containers = [{ name: 'app', image: 'other', resources }];
  const { status, json } = await server.call(
    `PATCH ${at}/resize?fieldManager=scaler`,
    { spec: { containers } },
    strategic,
  );
  expect([status, json.message]).toEqual([200, undefined]);
  expect(json['spec']).toMatchObject({ containers: [{ name: 'app', image: 'i', resources }] });
  const owner = json.metadata.managedFields?.find(({ subresource }) => subresource === 'resize');
  expect(owner).toMatchObject({ manager: 'scaler', operation: 'Update' });
  const below = { 'f:limits': { 'f:cpu': {} }, 'f:requests': { 'f:cpu': {} } };
  // Upstream notes who sends what a resize leaves out, too.
  const sent = { 'f:image': {}, 'f:resources': below };
  expect(owner?.fieldsV1).toEqual({ 'f:spec': { 'f:containers': { 'k:{"name":"app"}': sent } } });
});

test('after a resize -> the status is written as before', async () => {
  const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } };
  await server.call(`PATCH ${at}/resize`, { spec: { containers: [{ name: 'app', resources }] } }, strategic);
  const { status, json } = await server.call(`PATCH ${at}/status`, { status: { phase: 'Running' } }, mergePatch);
  expect([status, json.message]).toEqual([200, undefined]);
});

test('an apply to resize -> changes resources alone, and owns what it names', async () => {
  const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } };
  const config = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { mine: 'yes' } },
    spec: { containers: [{ name: 'app', image: 'other', resources }] },
  };
  const line = `PATCH ${at}/resize?fieldManager=me&force=true`;
  const { status, json } = await server.call(line, config, applyType);
  expect([status, json.message]).toEqual([200, undefined]);
  expect(json['spec']).toMatchObject({ containers: [{ image: 'i', resources }] });
  expect(json.metadata.labels).toBeUndefined();
  const owner = json.metadata.managedFields?.find(({ operation }) => operation === 'Apply');
  const amounts = { 'f:cpu': {}, 'f:memory': {} };
  const below = { 'f:resources': { 'f:limits': amounts, 'f:requests': amounts } };
  expect(owner?.fieldsV1).toEqual({
    'f:metadata': { 'f:labels': { 'f:mine': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, 'f:image': {}, ...below } } },
  });
});

test('PUT of an old state -> conflict; a delete of the subresource -> not allowed', async () => {
  const { json } = await server.call(`GET ${at}/resize`);
  await server.call(`PATCH ${at}`, { metadata: { labels: { a: 'b' } } }, mergePatch);
  expect((await server.call(`PUT ${at}/resize`, json)).status).toBe(409);
  expect((await server.call(`DELETE ${at}/resize`)).status).toBe(405);
  expect((await server.call(`GET /api/v1/nodes/n/resize`)).status).toBe(404);
});

test('discovery -> names both, readable and writable', async () => {
  const { json } = await server.call('GET /api/v1');
  const resources = json['resources'] as { name: string }[];
  for (const name of ['pods/ephemeralcontainers', 'pods/resize'])
    expect(resources.find((each) => each.name === name)).toMatchObject({
      kind: 'Pod',
      verbs: ['get', 'patch', 'update'],
    });
});
