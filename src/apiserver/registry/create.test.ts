// How does an object come to be, and when not?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { claims, configMaps, snapshots } = paths;

test('a claim -> identity, defaults and finalizer from the server', async () => {
  const made = await server.create(claims, claim('data'));
  expect(made).toMatchObject({
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    metadata: { name: 'data', namespace: 'default', finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { volumeMode: 'Filesystem' },
    status: { phase: 'Pending' },
  });
  expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(made.metadata.resourceVersion).toBe(String(server.store.currentRevision()));
});

test('generateName -> a name with five letters more', async () => {
  const made = await server.create(configMaps, { metadata: { generateName: 'cm-' } });
  expect(made.metadata.name).toMatch(/^cm-[a-z0-9]{5}$/);
});

test.each(['0', 'unset'])('resourceVersion %j says nothing -> made', async (resourceVersion) => {
  const made = await server.create(configMaps, configMap('a', { resourceVersion }));
  expect(made.metadata.resourceVersion).toBe(String(server.store.currentRevision()));
});

test.each<{ name: string; path: string; body: object; code: number; message: string | RegExp }>([
  {
    name: 'name taken',
    path: '/api/v1/namespaces',
    body: { metadata: { name: 'default' } },
    code: 409,
    message: 'namespaces "default" already exists',
  },
  {
    name: 'missing namespace',
    path: '/api/v1/namespaces/nope/configmaps',
    body: configMap('a'),
    code: 404,
    message: 'namespaces "nope" not found',
  },
  {
    name: 'another namespace in the body',
    path: configMaps,
    body: configMap('a', { namespace: 'velero' }),
    code: 400,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'another kind',
    path: configMaps,
    body: { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } },
    code: 400,
    message: /^Secret in version "v1" cannot be handled as a ConfigMap/,
  },
  {
    name: 'another version',
    path: configMaps,
    body: { kind: 'ConfigMap', apiVersion: 'v2', metadata: { name: 'a' } },
    code: 400,
    message:
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
  },
  {
    name: 'no name',
    path: configMaps,
    body: {},
    code: 422,
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    name: 'a resourceVersion',
    path: configMaps,
    body: configMap('a', { resourceVersion: '1' }),
    code: 400,
    message: 'resourceVersion should not be set on objects to be created',
  },
  {
    name: 'wrong type',
    path: configMaps,
    body: { metadata: { name: 'a' }, data: { a: 1 } },
    code: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  },
  {
    name: 'unknown field under Strict',
    path: `${configMaps}?fieldValidation=Strict`,
    body: { ...configMap('a'), dat: {} },
    code: 400,
    message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"',
  },
  {
    name: 'wrong type in a custom resource',
    path: snapshots,
    body: { metadata: { name: 'a' }, spec: { source: { persistentVolumeClaimName: 7 } } },
    code: 422,
    message: /spec.source.persistentVolumeClaimName in body must be of type string: "number"/,
  },
  {
    name: 'broken JSON',
    path: configMaps,
    body: '{' as unknown as object,
    code: 400,
    message: /^the object provided is unrecognized/,
  },
  {
    name: 'a kind that is no text',
    path: configMaps,
    body: { kind: {}, apiVersion: 1 },
    code: 400,
    message:
      'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal object into Go struct field .kind of type string ({"kind":{},"apiVersion":1})',
  },
  {
    name: 'another kind under a key in capitals',
    path: configMaps,
    body: { KIND: 'Secret', APIVERSION: 'v1', metadata: { name: 'a' } },
    code: 400,
    message: /^Secret in version "v1" cannot be handled as a ConfigMap/,
  },
  {
    name: 'the kind in capitals after the kind',
    path: configMaps,
    body: { kind: 'ConfigMap', KIND: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } },
    code: 400,
    message: /^Secret in version "v1" cannot be handled as a ConfigMap/,
  },
  {
    name: 'a kind in capitals that is no text',
    path: configMaps,
    body: { Kind: 5 },
    code: 400,
    message: /json: cannot unmarshal number into Go struct field .kind of type string/,
  },
  {
    name: 'its own kind in capitals, under Strict',
    path: `${configMaps}?fieldValidation=Strict`,
    body: { KIND: 'ConfigMap', APIVERSION: 'v1', Metadata: {}, metadata: { name: 'a' } },
    code: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "KIND", unknown field "APIVERSION", unknown field "Metadata"',
  },
  {
    name: 'a version with two slashes',
    path: configMaps,
    body: { kind: 'ConfigMap', apiVersion: 'a/b/c' },
    code: 400,
    message:
      'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"kind":"ConfigMap","apiVersio ...)',
  },
  {
    name: 'an empty kind and a version of nothing, which say nothing',
    path: configMaps,
    body: { kind: '', apiVersion: '/', metadata: {} },
    code: 422,
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    name: 'all namespaces',
    path: '/api/v1/configmaps',
    body: configMap('a'),
    code: 405,
    message: 'the server does not allow this method on the requested resource',
  },
  {
    name: 'unknown resource',
    path: '/api/v1/namespaces/default/foos',
    body: {},
    code: 404,
    message: 'the server could not find the requested resource',
  },
])('$name -> $code', async ({ path, body, code, message }) => {
  const { status, json } = await server.call(`POST ${path}`, body);
  expect(json).toMatchObject({ kind: 'Status', status: 'Failure', code });
  expect(status).toBe(code);
  if (typeof message === 'string') expect(json.message).toBe(message);
  else expect(json.message).toMatch(message);
});

test('unknown field under Warn -> dropped, with a Warning header', async () => {
  const { headers, json } = await server.call(`POST ${configMaps}`, { ...configMap('a'), dat: {} });
  expect(headers['warning']).toBe('299 - "unknown field \\"dat\\""');
  expect(json).not.toHaveProperty('dat');
});

test('dry run -> answered but not stored', async () => {
  const before = server.store.currentRevision();
  const { status, json } = await server.call(`POST ${configMaps}?dryRun=All`, configMap('a'));
  expect(status).toBe(201);
  expect(json.metadata.uid).toBeDefined();
  expect(server.store.currentRevision()).toBe(before);
  expect((await server.call(`GET ${configMaps}/a`)).json.message).toBe('configmaps "a" not found');
});

test('a claim without class -> the default class; with an empty one -> none', async () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  await server.create('/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name: 'fast', annotations },
    provisioner: 'local.csi.amarre.io',
  });
  expect(await server.create(claims, claim('a'))).toMatchObject({ spec: { storageClassName: 'fast' } });
  expect(await server.create(claims, claim('b', { storageClassName: '' }))).toMatchObject({
    spec: { storageClassName: '' },
  });
});

test('YAML with a kind in capitals -> its own kind, whose key comes later in their order', async () => {
  const text = 'kind: ConfigMap\nKIND: Secret\nmetadata: {name: c}';
  const { status, json } = await server.call(`POST ${configMaps}`, text, { contentType: 'application/yaml' });
  expect([status, json.message]).toEqual([201, undefined]);
  expect((await server.call(`DELETE ${configMaps}/c`, { KIND: 'Options' })).json.message).toMatch(/^no kind "Options"/);
  const patched = await server.call(`PATCH ${configMaps}/c`, { KIND: 5 }, mergePatch);
  expect(patched.json.message).toMatch(/json: cannot unmarshal number into Go struct field .kind of type string$/);
});

test('YAML -> as JSON', async () => {
  const { status, json } = await server.call(`POST ${configMaps}`, 'metadata: {name: a}\ndata: {a: b}', {
    contentType: 'application/yaml',
  });
  expect([status, json['data']]).toEqual([201, { a: 'b' }]);
});
