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
