// What do webhooks see of a request? What was sent, before the server has made something of it.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../../testing.ts';
import { type Answer, base64, type Hook, register, startHook, unregister } from './testing.ts';

let server: TestServer;
let hook: Hook;
beforeAll(async () => {
  [server, hook] = await Promise.all([startTestServer(), startHook()]);
});
afterAll(async () => {
  await server.stop();
  await hook.stop();
});
afterEach(async () => {
  await unregister(server);
  for (const path of [paths.configMaps, paths.pods]) await server.call(`DELETE ${path}?gracePeriodSeconds=0`);
  hook.requests.length = 0;
});

const rulesOf = (...resources: string[]): object[] => [
  { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources },
];
const watch = (kind: 'mutating' | 'validating', ...resources: string[]): Promise<void> =>
  register({ server, hook }, kind, { path: '/allow', name: `watch-${kind}`, rules: rulesOf(...resources) });
const patching = (...operations: object[]): Answer => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: base64(operations),
});

test('an object that is created has no UID, no time and no generated name before it is changed for the last time', async () => {
  await watch('mutating', 'configmaps');
  await watch('validating', 'configmaps');
  const { json } = await server.call(`POST ${paths.configMaps}`, { metadata: { generateName: 'gen-' } });
  const { name, uid } = json.metadata as { name: string; uid: string };
  const [before, after] = hook.requests;
  expect(before?.object.metadata).toEqual(expect.not.objectContaining({ uid: expect.anything() }));
  expect(before?.object.metadata).toEqual(expect.not.objectContaining({ name: expect.anything() }));
  expect(before?.object.metadata).toEqual(expect.not.objectContaining({ creationTimestamp: expect.anything() }));
  expect(before).not.toHaveProperty('name');
  expect(after).toMatchObject({ name, object: { metadata: { name, uid } } });
});

test('an object that replaces another is seen as it was sent', async () => {
  await server.create(paths.configMaps, configMap('a'));
  await watch('mutating', 'configmaps');
  await server.call(`PUT ${paths.configMaps}/a`, configMap('a'));
  expect(hook.requests[0]?.object.metadata).toEqual(expect.not.objectContaining({ uid: expect.anything() }));
  expect(hook.requests[0]?.oldObject).toMatchObject({ metadata: { uid: expect.any(String) as string } });
});

test('a webhook is asked before an outdated version is refused', async () => {
  await server.create(paths.configMaps, configMap('a'));
  await watch('mutating', 'configmaps');
  const outdated = { metadata: { name: 'a', resourceVersion: '1' } };
  expect((await server.call(`PUT ${paths.configMaps}/a`, outdated)).status).toBe(409);
  expect(hook.requests).toHaveLength(1);
});

test('a status is seen with the spec that comes with it, which stays without effect', async () => {
  await server.create(paths.pods, pod('p'));
  await watch('mutating', 'pods/status');
  await watch('validating', 'pods/status');
  const patch = { spec: { priority: 7 }, status: { phase: 'Running' } };
  await server.call(`PATCH ${paths.pods}/p/status`, patch, mergePatch);
  expect(hook.requests).toMatchObject([
    { object: { spec: { priority: 7 } } },
    { object: { status: { phase: 'Running' } } },
  ]);
  expect(hook.requests[1]?.object).not.toMatchObject({ spec: { priority: 7 } });
});

test.each<{ name: string; operations: object[]; status: number; message: string }>([
  {
    name: 'another namespace',
    operations: [{ op: 'replace', path: '/metadata/namespace', value: 'other' }],
    status: 400,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'another kind',
    operations: [{ op: 'replace', path: '/kind', value: 'Secret' }],
    status: 500,
    message: 'converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  },
  {
    name: 'an unknown version',
    operations: [{ op: 'replace', path: '/apiVersion', value: 'v2' }],
    status: 500,
    message:
      'Internal error occurred: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
  },
  {
    name: 'a document that is none',
    operations: [{ op: 'replace', path: '', value: null }],
    status: 500,
    message: 'Internal error occurred: replace operation value must be object or array: %!w(<nil>)',
  },
  {
    name: 'a change without a place',
    operations: [{ op: 'add', value: 1 }],
    status: 500,
    message: 'Internal error occurred: add operation failed to decode path: missing value',
  },
])('a webhook that makes $name of an object -> refused', async ({ operations, status, message }) => {
  hook.answers['/odd'] = () => patching(...operations);
  await register({ server, hook }, 'mutating', { path: '/odd' });
  const answer = await server.call(`POST ${paths.configMaps}`, configMap('a'));
  expect(answer).toMatchObject({ status, json: { message } });
});

test('a webhook may not give an object another name', async () => {
  await server.create(paths.configMaps, configMap('a'));
  hook.answers['/rename'] = () => patching({ op: 'replace', path: '/metadata/name', value: 'b' });
  await register({ server, hook }, 'mutating', { path: '/rename' });
  const { status, json } = await server.call(`PATCH ${paths.configMaps}/a`, { data: { x: 'y' } }, mergePatch);
  expect([status, json.message]).toEqual([
    422,
    'ConfigMap "b" is invalid: metadata.name: Invalid value: "b": field is immutable',
  ]);
});

test('questions that are not stored are seen, too', async () => {
  await watch('validating', 'selfsubjectaccessreviews');
  const asked = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
  await server.call('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', asked);
  expect(hook.requests).toMatchObject([{ operation: 'CREATE', object: asked }]);
});

test('a binding is seen in its namespace and with its owner', async () => {
  await server.create(paths.pods, pod('p'));
  await watch('mutating', 'pods/binding');
  const binding = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
  await server.call(`POST ${paths.pods}/p/binding?fieldManager=sched`, binding);
  expect(hook.requests).toMatchObject([
    { object: { metadata: { namespace: 'default', managedFields: [{ manager: 'sched', subresource: 'binding' }] } } },
  ]);
  expect((await server.call(`GET ${paths.pods}/p`)).json.metadata).toMatchObject({ generation: 1 });
});

test('a Scale is seen with the owners of the replicas, and a status of its own', async () => {
  const sets = '/apis/apps/v1/namespaces/default/replicasets';
  const labels = { app: 'r' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await server.create(sets, { metadata: { name: 'r' }, spec: { selector: { matchLabels: labels }, template } });
  await watch('mutating', 'replicasets/scale');
  const scale = { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'r' }, spec: { replicas: 3 } };
  const apply = { contentType: 'application/apply-patch+yaml' };
  const line = `PATCH ${sets}/r/scale?fieldManager=s&force=true`;
  expect((await server.call(line, scale, apply)).json).toMatchObject({ spec: { replicas: 3 } });
  const owned = [{ manager: 's', operation: 'Apply', apiVersion: 'autoscaling/v1', subresource: 'scale' }];
  expect(hook.requests).toMatchObject([
    { kind: { kind: 'Scale' }, object: { kind: 'Scale', metadata: { managedFields: owned } } },
  ]);
  await server.call(`DELETE ${sets}/r`);
});

test('the deletion of a namespace names the one that was found', async () => {
  await server.create('/api/v1/namespaces', { metadata: { name: 'gone' } });
  await watch('validating', 'namespaces');
  await server.call('DELETE /api/v1/namespaces/gone');
  expect(hook.requests[0]?.options).toMatchObject({ preconditions: { uid: expect.any(String) as string } });
});

test('a pod that goes at once is asked about as it was and as it ends', async () => {
  const { spec } = pod('p') as { spec: object };
  await server.create(paths.pods, { metadata: { name: 'p' }, spec: { ...spec, nodeName: 'n' } });
  await watch('validating', 'pods');
  await server.call(`DELETE ${paths.pods}/p?gracePeriodSeconds=0`);
  const times = hook.requests.map(({ oldObject }) => (oldObject as { metadata: object }).metadata);
  expect(times).toMatchObject([{}, { deletionGracePeriodSeconds: 0 }]);
});

test('ports that are none are refused before anyone is asked', async () => {
  await server.create(paths.pods, pod('p'));
  await watch('validating', 'pods/portforward');
  const { status, json } = await server.call(`GET ${paths.pods}/p/portforward?ports=80&ports=x`);
  expect([status, json.message]).toEqual([
    400,
    'cannot convert to []int32: strconv.ParseUint: parsing "x": invalid syntax',
  ]);
  expect(hook.requests).toEqual([]);
});

test('more webhooks than usual -> no warning of listeners that are too many', async () => {
  const warnings: Error[] = [];
  const heed = (warning: Error): void => void warnings.push(warning);
  process.on('warning', heed);
  try {
    for (let index = 0; index < 12; index++) {
      const one = { path: '/allow', name: `many-${index}`, rules: rulesOf('configmaps') };
      await register({ server, hook }, 'validating', one);
    }
    await server.create(paths.configMaps, configMap('a'));
    expect(hook.requests).toHaveLength(12);
  } finally {
    process.off('warning', heed);
  }
  expect(warnings.map(({ message }) => message)).toEqual([]);
});
