// Are the bodies of subresources read as strictly as those of resources? And do binding and finalize do what they say?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  await server.create(paths.pods, pod('p'));
  const spec = {
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'i' }] } },
  };
  await server.create(deployments, { metadata: { name: 'd' }, spec });
});
afterEach(() => server.stop());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'default' },
  spec: { finalizers: ['kubernetes'] },
};
const target = { kind: 'Node', name: 'n' };
const bindings = '/api/v1/namespaces/default/bindings';

const bodies = [
  {
    what: 'scale',
    line: `PUT ${deployments}/d/scale`,
    body: { metadata: { name: 'd' }, spec: { replicas: 1 } },
    kind: 'Scale',
    version: 'v1',
  },
  {
    what: 'binding',
    line: `POST ${paths.pods}/p/binding`,
    body: { metadata: { name: 'p' }, target },
    kind: 'Binding',
    version: 'v1',
  },
  {
    what: 'eviction',
    line: `POST ${paths.pods}/p/eviction`,
    body: { metadata: { name: 'p' } },
    kind: 'Eviction',
    version: 'v1',
  },
  {
    what: 'finalize',
    line: 'PUT /api/v1/namespaces/default/finalize',
    body: namespace,
    kind: 'Namespace',
    version: 'v1',
  },
];

test.each(bodies)(
  '$what: an unknown field -> refused under Strict, told of under Warn',
  async ({ line, body, kind }) => {
    const unknown = { ...body, surplus: 1 };
    const strict = await server.call(`${line}?fieldValidation=Strict`, unknown);
    expect([strict.status, strict.json.message]).toEqual([
      400,
      `${kind} in version "v1" cannot be handled as a ${kind}: strict decoding error: unknown field "surplus"`,
    ]);
    const warned = await server.call(`${line}?fieldValidation=Warn&dryRun=All`, unknown);
    expect([200, 201]).toContain(warned.status);
    expect(warned.headers['warning']).toContain('unknown field \\"surplus\\"');
    const ignored = await server.call(`${line}?fieldValidation=Ignore`, unknown);
    expect([200, 201]).toContain(ignored.status);
    expect(ignored.headers['warning']).toBeUndefined();
  },
);

test.each(bodies)('$what: a field that stands twice -> refused under Strict', async ({ line, body }) => {
  const text = `{"metadata":{},"metadata":{},${JSON.stringify({ ...body, metadata: undefined }).slice(1)}`.replace(
    /,}$/,
    '}',
  );
  const { status, json } = await server.call(`${line}?fieldValidation=Strict`, text);
  expect(status).toBe(400);
  expect(json.message).toContain('duplicate field "metadata"');
});

test.each(bodies)('$what: a body of another kind, or of a wrong type -> refused', async ({ line, body, kind }) => {
  const other = await server.call(line, { ...body, apiVersion: 'v1', kind: 'Secret' });
  expect([other.status, other.json.message]).toEqual([400, expect.stringContaining(`cannot be handled as a ${kind}`)]);
  const wrong = await server.call(line, { ...body, metadata: 'x' });
  expect([wrong.status, wrong.json.message]).toEqual([400, expect.stringContaining('json: cannot unmarshal string')]);
});

test('a patch that puts an unknown field into a Scale -> refused under Strict', async () => {
  const line = `PATCH ${deployments}/d/scale?fieldValidation=Strict`;
  const { status, json } = await server.call(line, { spec: { replicas: 2, surplus: 1 } }, mergePatch);
  expect(status).toBe(422);
  expect(json.message).toContain('strict decoding error: unknown field "spec.surplus"');
});

test.each([
  {
    name: 'no target',
    body: { metadata: { name: 'p' } },
    code: 422,
    want: 'Binding "p" is invalid: target.name: Required value',
  },
  {
    name: 'a target that is no node',
    body: { metadata: { name: 'p' }, target: { kind: 'Rack', name: 'n' } },
    code: 422,
    want: 'Binding "p" is invalid: target.kind: Unsupported value: "Rack": supported values: "Node", "<empty>"',
  },
  {
    name: 'no pod in its metadata',
    body: { target },
    code: 400,
    want: 'name in URL does not match name in Binding object',
  },
  {
    name: 'another pod in its metadata',
    body: { metadata: { name: 'q' }, target },
    code: 400,
    want: 'name in URL does not match name in Binding object',
  },
  {
    name: 'the UID of an earlier pod',
    body: { metadata: { name: 'p', uid: 'gone' }, target },
    code: 409,
    want: expect.stringContaining('Precondition failed: UID in precondition: gone'),
  },
])('binding with $name -> $code', async ({ body, code, want }) => {
  const { status, json } = await server.call(`POST ${paths.pods}/p/binding`, body);
  expect([status, json.message]).toEqual([code, want]);
});

test('binding -> the pod has its node, its annotations and the condition; a second one conflicts', async () => {
  const binding = { metadata: { name: 'p', annotations: { a: 'b' } }, target };
  expect((await server.call(`POST ${paths.pods}/p/binding`, binding)).status).toBe(201);
  const { json } = await server.call(`GET ${paths.pods}/p`);
  expect(json).toMatchObject({
    metadata: { annotations: { a: 'b' } },
    spec: { nodeName: 'n' },
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
  });
  const again = await server.call(`POST ${paths.pods}/p/binding`, binding);
  expect([again.status, again.json.message]).toEqual([
    409,
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
  ]);
});

test.each([
  { line: `${paths.pods}/p/binding`, where: 'of the pod', zone: 'z' },
  { line: bindings, where: 'in the collection', zone: undefined },
])(
  'a Binding $where -> the pod has its labels, and only by its own path the zone of the node',
  async ({ line, zone }) => {
    const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'x' };
    await server.create('/api/v1/nodes', { metadata: { name: 'n', labels } });
    await server.call(`PATCH ${paths.pods}/p/status`, { status: { nominatedNodeName: 'm' } }, mergePatch);
    const made = await server.call(`POST ${line}`, { metadata: { name: 'p', labels: { a: 'b' } }, target });
    expect([made.status, made.json]).toMatchObject([201, { kind: 'Status', status: 'Success' }]);
    const { json } = await server.call(`GET ${paths.pods}/p`);
    const region = zone && 'r';
    const places = { 'topology.kubernetes.io/zone': zone, 'topology.kubernetes.io/region': region };
    expect(json).toEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({
          generation: 1,
          labels: JSON.parse(JSON.stringify({ app: json.metadata.labels?.['app'], a: 'b', ...places })),
        }),
        spec: expect.objectContaining({ nodeName: 'n' }),
      }),
    );
    expect(json).not.toHaveProperty('status.nominatedNodeName');
  },
);

test('a pod that is made on a node -> has its zone and region as labels', async () => {
  await server.create('/api/v1/nodes', {
    metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z', other: 'x' } },
  });
  const made = await server.create(paths.pods, pod('there', { nodeName: 'n' }));
  expect(made.metadata.labels).toMatchObject({ 'topology.kubernetes.io/zone': 'z' });
  expect(made.metadata.labels).not.toHaveProperty('other');
});

test.each([
  { name: 'the pod of no name', body: {}, code: 400, want: 'Name parameter required.' },
  { name: 'a pod that is not there', body: { metadata: { name: 'q' } }, code: 404, want: 'pods "q" not found' },
  {
    name: 'a pod of another namespace',
    body: { metadata: { name: 'p', namespace: 'other' } },
    code: 400,
    want: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'another version of the pod',
    body: { metadata: { name: 'p', resourceVersion: '1' } },
    code: 409,
    want: expect.stringContaining('Precondition failed: ResourceVersion in precondition: 1'),
  },
  {
    name: 'a pod that may not be scheduled yet',
    body: { metadata: { name: 'gated' } },
    code: 409,
    want: 'Operation cannot be fulfilled on pods/binding "gated": pod gated has non-empty .spec.schedulingGates',
  },
])('a Binding in the collection, of $name -> $code', async ({ body, code, want }) => {
  await server.create(paths.pods, pod('gated', { schedulingGates: [{ name: 'example.com/x' }] }));
  const { status, json } = await server.call(`POST ${bindings}`, { ...body, target });
  expect([status, json.message]).toEqual([code, want]);
});

test.each([
  { line: `GET ${bindings}`, code: 405 },
  { line: `GET ${bindings}/p`, code: 404 },
  { line: `POST ${bindings}/p`, code: 404 },
  { line: 'POST /api/v1/bindings', code: 404 },
  { line: 'GET /apis/authentication.k8s.io/v1/tokenreviews/x', code: 404 },
])('$line -> $code: what is only created is not read', async ({ line, code }) => {
  expect(
    (await server.call(line, line.startsWith('POST') ? { metadata: { name: 'p' }, target } : undefined)).status,
  ).toBe(code);
});

test('parts of objects in a namespace that ends -> none is created', async () => {
  await server.create('/api/v1/namespaces', { metadata: { name: 'shop', finalizers: ['example.com/x'] } });
  await server.create('/api/v1/namespaces/shop/pods', pod('p'));
  await server.call('DELETE /api/v1/namespaces/shop');
  for (const line of ['pods/p/binding', 'pods/p/eviction', 'bindings']) {
    const body = { metadata: { name: 'p' }, ...(!line.endsWith('eviction') && { target }) };
    const { status, json } = await server.call(`POST /api/v1/namespaces/shop/${line}`, body);
    expect([status, json.message]).toEqual([
      403,
      `${line.split('/')[0]} "p" is forbidden: unable to create new content in namespace shop because it is being terminated`,
    ]);
  }
});

test('finalizers of a namespace -> changed by finalize and by nothing else; without any, one that is being deleted goes', async () => {
  const spec = { finalizers: ['example.com/f'] };
  const created = await server.create('/api/v1/namespaces', { metadata: { name: 'shop' }, spec });
  const both = { spec: { finalizers: ['example.com/f', 'kubernetes'] } };
  expect(created).toMatchObject(both);
  const at = '/api/v1/namespaces/shop';
  const labelled = { ...created, metadata: { ...created.metadata, labels: { x: 'y' } }, spec: {} };
  expect((await server.call(`PUT ${at}`, labelled)).json).toMatchObject(both);
  const named = { metadata: { name: 'shop', labels: { y: 'z' } }, spec: { finalizers: ['kubernetes'] }, status: {} };
  const { json: changed } = await server.call(`PUT ${at}/finalize`, named);
  expect(changed).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  expect(changed.metadata.labels).toEqual({ y: 'z', 'kubernetes.io/metadata.name': 'shop' });
  await server.call(`DELETE ${at}`);
  const { json } = await server.call(`GET ${at}`);
  await server.call(`PUT ${at}/finalize`, { ...json, spec: {} });
  expect((await server.call(`GET ${at}`)).status).toBe(404);
});
