import { afterAll, beforeAll, expect, test } from 'vitest';
import { establish, schemaOfSpec, version, widgetDefinition } from '../customresources/testing.ts';
import { startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const protobuf = asked.replace('@', '.');

test.each([
  { accept: 'application/json', type: 'application/json' },
  { accept: asked, type: protobuf },
  { accept: `${asked}, application/json`, type: protobuf },
  { accept: '*/*', type: 'application/json' },
])('who accepts $accept -> $type, once for every state of what is served', async ({ accept, type }) => {
  const first = await server.call('GET /openapi/v2', undefined, { accept });
  expect([first.status, first.headers['content-type']]).toEqual([200, type]);
  const request = {
    method: 'GET',
    path: '/openapi/v2',
    headers: { accept, 'if-none-match': first.headers['etag'] ?? '' },
    body: undefined,
    user: { name: 'a', groups: ['system:masters'] },
  };
  expect((await server.apiServer.handle(request, new AbortController())).status).toBe(304);
});

test('who accepts neither -> not acceptable', async () => {
  expect((await server.call('GET /openapi/v2', undefined, { accept: 'text/html' })).status).toBe(406);
});

test('a custom resource -> described without what version 2 has no words for', async () => {
  const before = (await server.call('GET /openapi/v2')).headers['etag'];
  const schema = schemaOfSpec({
    size: { type: 'integer', anyOf: [{ minimum: 1 }, { maximum: -1 }], default: 1 },
    note: { type: 'string', nullable: true, description: 'A note' },
    port: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
    any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
    list: { type: 'array', 'x-kubernetes-preserve-unknown-fields': true, items: { type: 'string' } },
    part: {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string', nullable: true }, b: { type: 'string' } },
    },
  });
  await establish(server, widgetDefinition({ versions: [version(schema)] }));
  const { json, headers } = await server.call('GET /openapi/v2');
  expect(headers['etag']).not.toBe(before);
  const definitions = json['definitions'] as Record<string, { properties: Record<string, { properties: unknown }> }>;
  expect(definitions['com.example.v1.Widget']?.properties['spec']?.properties).toEqual({
    size: { type: 'integer' },
    note: { description: 'A note' },
    port: { 'x-kubernetes-int-or-string': true },
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    list: { 'x-kubernetes-preserve-unknown-fields': true },
    part: { type: 'object', required: ['b'], properties: { a: {}, b: { type: 'string' } } },
  });
  const paths = json['paths'] as Record<string, object>;
  expect(paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}']).toMatchObject({
    patch: { operationId: 'patchExampleComV1NamespacedWidget' },
  });
});

// kubectl explain shows no type of what stands in a list of references.
test('metadata of a custom resource -> a reference with its description beside it; around it in version 3', async () => {
  const names = { kind: 'Gadget', plural: 'gadgets', singular: 'gadget' };
  await establish(server, {
    ...widgetDefinition({ names, versions: [version(schemaOfSpec({}))] }),
    metadata: { name: 'gadgets.example.com' },
  });
  const metadataIn = (schemas: unknown): Record<string, unknown> =>
    (schemas as Record<string, { properties: Record<string, Record<string, unknown>> }>)['com.example.v1.Gadget']
      ?.properties['metadata'] ?? {};
  const two = await server.call('GET /openapi/v2');
  const three = await server.call('GET /openapi/v3/apis/example.com/v1');
  const name = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
  const description = expect.stringMatching(/^Standard object's metadata/) as string;
  expect(metadataIn(two.json['definitions'])).toEqual({ description, $ref: `#/definitions/${name}` });
  expect(metadataIn((three.json['components'] as { schemas: unknown }).schemas)).toEqual({
    description,
    allOf: [{ $ref: `#/components/schemas/${name}` }],
  });
});

test('a custom resource that takes any field -> an object of which nothing more is said', async () => {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description: 'Anything' } as const;
  const names = { kind: 'Blob', plural: 'blobs', singular: 'blob' };
  await establish(server, {
    ...widgetDefinition({ names, versions: [version(open)] }),
    metadata: { name: 'blobs.example.com' },
  });
  const definitions = (await server.call('GET /openapi/v2')).json['definitions'] as Record<string, object>;
  expect(definitions['com.example.v1.Blob']).toEqual({
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Blob' }],
  });
});
