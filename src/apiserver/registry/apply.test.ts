// What does a server-side apply do to objects of the server, and what do other writes say about owners?

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { configMap, mergePatch, paths, startTestServer, type TestAnswer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const { configMaps } = paths;
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const applied = (data: Record<string, string>, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

const apply = (body: unknown, query = 'fieldManager=one', path = `${configMaps}/a`): Promise<TestAnswer> =>
  server.call(`PATCH ${path}?${query}`, body, { contentType: 'application/apply-patch+yaml' });

const ownersOf = ({ metadata }: KubeObject): [string, string, string, unknown][] =>
  (metadata.managedFields ?? []).map(({ manager = '', operation = '', subresource = '', fieldsV1 }) => [
    manager,
    operation,
    subresource,
    fieldsV1,
  ]);

test('create -> owned by the fieldManager; no identity, no status among the fields', async () => {
  const made = await server.call(`POST ${configMaps}?fieldManager=maker`, configMap('a', { labels: { x: 'y' } }));
  expect(ownersOf(made.json)).toEqual([
    ['maker', 'Update', '', { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } }],
  ]);
});

test('a pod -> owned as upstream shows it', async () => {
  const made = await server.create(paths.pods, {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'amarre.io/host', ports: [{ containerPort: 80 }], command: ['x'] }] },
  });
  const [[, , , fields]] = ownersOf(made) as [[string, string, string, Record<string, Record<string, unknown>>]];
  expect(fields['f:spec']).toMatchObject({
    'f:containers': {
      'k:{"name":"c"}': {
        '.': {},
        'f:command': {},
        'f:image': {},
        'f:imagePullPolicy': {},
        'f:name': {},
        'f:ports': {
          '.': {},
          'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
        },
        'f:resources': {},
      },
    },
    'f:dnsPolicy': {},
    'f:restartPolicy': {},
  });
  expect(fields['f:spec']).not.toHaveProperty(['.']);
  expect(fields['f:spec']?.['f:containers']).not.toHaveProperty(['.']);
});

test('apply -> created, merged, less what is named no more; twice is one write', async () => {
  const created = await apply(applied({ a: '1', b: '2' }));
  expect([created.status, created.json['data']]).toEqual([201, { a: '1', b: '2' }]);
  const again = await apply(applied({ a: '1', b: '2' }));
  expect([again.status, again.json.metadata.resourceVersion]).toEqual([200, created.json.metadata.resourceVersion]);
  await server.call(`PATCH ${configMaps}/a?fieldManager=two`, { data: { c: '3' } }, mergePatch);
  const less = await apply(applied({ a: '1' }));
  expect(less.json['data']).toEqual({ a: '1', c: '3' });
  expect(ownersOf(less.json)).toEqual([
    ['one', 'Apply', '', { 'f:data': { 'f:a': {} } }],
    ['two', 'Update', '', { 'f:data': { 'f:c': {} } }],
  ]);
});

test('another value -> Conflict with causes; by force -> taken', async () => {
  await server.call(`POST ${configMaps}?fieldManager=maker`, configMap('a'));
  const refused = await apply(applied({ a: '2' }));
  expect(refused.json).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message: 'Apply failed with 1 conflict: conflict with "maker" using v1: .data.a',
    details: {
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "maker" using v1', field: '.data.a' }],
    },
  });
  const forced = await apply(applied({ a: '2' }), 'fieldManager=one&force=true');
  expect([forced.status, forced.json['data']]).toEqual([200, { a: '2' }]);
});

test.each<{ name: string; query?: string; body: unknown; code: number; message: string }>([
  {
    name: 'no fieldManager',
    query: '',
    body: applied({}),
    code: 422,
    message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  },
  {
    name: 'a long fieldManager',
    query: `fieldManager=${'x'.repeat(129)}`,
    body: applied({}),
    code: 422,
    message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
  },
  {
    name: 'a fieldManager that can not be printed',
    query: 'fieldManager=a%07',
    body: applied({}),
    code: 422,
    message:
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
  },
  {
    name: 'managedFields in the configuration',
    body: applied({}, { managedFields: [{ manager: 'x' }] }),
    code: 400,
    message: 'metadata.managedFields must be nil',
  },
  {
    name: 'another kind',
    body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
    code: 400,
    message: 'invalid object type: /v1, Kind=Secret',
  },
  {
    name: 'an unknown field',
    body: { ...applied({}), foo: 1 },
    code: 400,
    message: 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .foo: field not declared in schema',
  },
  {
    name: 'a field twice, Strict',
    query: 'fieldManager=one&fieldValidation=Strict',
    body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: "1"\n  a: "2"\n',
    code: 400,
    message:
      'error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
  },
  {
    name: 'a field twice, of no kind -> the kind is told',
    query: 'fieldManager=one&fieldValidation=Strict',
    body: 'metadata: {name: a}\ndata: {a: b, a: c}',
    code: 400,
    message: 'invalid object type: /, Kind=',
  },
  {
    name: 'an item of a list without its key -> the one with an empty key, which is told when the object is validated',
    body: applied({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p' }] }),
    code: 422,
    message: 'ConfigMap "a" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  },
  {
    name: 'the uid of an object that is not there',
    body: applied({}, { uid: 'x' }),
    code: 409,
    message:
      'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid x, and no existing object was found',
  },
])('apply refused: $name', async ({ query = 'fieldManager=one', body, code, message }) => {
  const { json } = await apply(body, query);
  expect([json.code, json.message]).toEqual([code, message]);
});

test('dry run -> answers, stores nothing', async () => {
  const dry = await apply(applied({ a: '1' }), 'fieldManager=one&dryRun=All');
  expect([dry.status, dry.json['data']]).toEqual([201, { a: '1' }]);
  expect((await server.call(`GET ${configMaps}/a`)).status).toBe(404);
  const made = await server.create(configMaps, configMap('a'));
  for (const line of [
    `PUT ${configMaps}/a?dryRun=All`,
    `PATCH ${configMaps}/a?dryRun=All`,
    `DELETE ${configMaps}/a?dryRun=All`,
  ]) {
    const answer = await server.call(line, line.startsWith('DELETE') ? undefined : { ...made, data: { z: '1' } }, {
      contentType: line.startsWith('PATCH') ? 'application/merge-patch+json' : 'application/json',
    });
    expect(answer.status).toBe(200);
  }
  expect((await server.call(`GET ${configMaps}/a`)).json).toEqual(made);
  const unknown = await server.call(`POST ${configMaps}?dryRun=Some`, configMap('b'));
  expect(unknown.json.message).toBe(
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  );
});

test('managedFields that a client sends -> kept, reset by an empty list, ignored where they make no sense', async () => {
  const made = (await server.call(`POST ${configMaps}?fieldManager=maker`, configMap('a'))).json;
  const [entry] = made.metadata.managedFields ?? [];
  const renamed = { metadata: { managedFields: [{ ...entry, manager: 'other' }] } };
  expect(ownersOf((await server.call(`PATCH ${configMaps}/a`, renamed, mergePatch)).json)).toMatchObject([
    ['other', 'Update', '', {}],
  ]);
  const broken = { metadata: { managedFields: [{ manager: 'x', operation: 'Steal' }] } };
  expect(ownersOf((await server.call(`PATCH ${configMaps}/a`, broken, mergePatch)).json)).toMatchObject([
    ['other', 'Update', '', {}],
  ]);
  const none = await server.call(`PATCH ${configMaps}/a`, { metadata: { managedFields: [] } }, mergePatch);
  expect(none.json.metadata.managedFields).toBeUndefined();
  const first = await apply(applied({ a: '2' }));
  expect(first.json.message).toBe('Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a');
});

test('a list whose items can not be told apart -> owners are forgotten, as upstream forgets them', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await server.create(accounts, { metadata: { name: 'x' }, secrets: [{ name: 'a' }] });
  const { json } = await server.call(`PATCH ${accounts}/x`, { secrets: [{}, {}] }, mergePatch);
  expect(json.metadata).not.toHaveProperty('managedFields');
});

test('user agent -> the manager where none is named', async () => {
  const request = {
    method: 'POST',
    path: configMaps,
    headers: { 'content-type': 'application/json', 'user-agent': 'my-controller/v1.2 (linux/amd64)' },
    body: Buffer.from(JSON.stringify(configMap('a'))),
    user: { name: 'amarre-admin', groups: ['system:masters'] },
  };
  await server.apiServer.handle(request, new AbortController());
  expect(ownersOf((await server.call(`GET ${configMaps}/a`)).json)).toMatchObject([
    ['my-controller', 'Update', '', {}],
  ]);
});

test('status and scale -> managers of their own, each with its fields only', async () => {
  const labels = { a: 'b' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'amarre.io/host' }] } };
  const deployment = (spec: object): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  });
  await apply(deployment({ replicas: 1 }), 'fieldManager=one', `${deployments}/d`);
  await apply(
    { ...deployment({}), status: { replicas: 1, observedGeneration: 1 } },
    'fieldManager=ctl',
    `${deployments}/d/status`,
  );
  await server.call(`PATCH ${deployments}/d/scale?fieldManager=hpa`, { spec: { replicas: 3 } }, mergePatch);
  const { json } = await server.call(`GET ${deployments}/d`);
  expect(json).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 1 } });
  const owners = ownersOf(json);
  expect(owners.map(([manager, operation, subresource]) => [manager, operation, subresource])).toEqual(
    expect.arrayContaining([
      ['one', 'Apply', ''],
      ['ctl', 'Apply', 'status'],
      ['hpa', 'Update', 'scale'],
    ]),
  );
  const fieldsOf = (name: string): unknown => owners.find(([manager]) => manager === name)?.[3];
  expect(fieldsOf('ctl')).toEqual({ 'f:status': { 'f:observedGeneration': {}, 'f:replicas': {} } });
  expect(fieldsOf('hpa')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  expect(fieldsOf('one')).not.toHaveProperty(['f:spec', 'f:replicas']);
  const refused = await apply(deployment({ replicas: 1 }), 'fieldManager=one', `${deployments}/d`);
  expect(refused.json.message).toBe(
    'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
  );
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas: 5 } };
  const scaled = await apply(scale, 'fieldManager=me&force=true', `${deployments}/d/scale`);
  expect(scaled.json).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } });
});

test('kubectl takes over what client-side apply set, and keeps its annotation up to date', async () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const last = JSON.stringify({ ...applied({ a: '1' }), metadata: { name: 'a', namespace: 'default' } });
  await server.call(`POST ${configMaps}?fieldManager=kubectl-client-side-apply`, {
    metadata: { name: 'a', annotations: { [annotation]: last } },
    data: { a: '1' },
  });
  const { status, json } = await apply(applied({ a: '2' }), 'fieldManager=kubectl');
  expect([status, json['data']]).toEqual([200, { a: '2' }]);
  expect(JSON.parse(json.metadata.annotations?.[annotation] ?? '')).toMatchObject({ data: { a: '2' } });
  const other = await apply(applied({ a: '3' }), 'fieldManager=someone');
  expect(other.json.message).toBe('Apply failed with 1 conflict: conflict with "kubectl": .data.a');
});
