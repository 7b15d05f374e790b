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
  });
  await establish(server, widgetDefinition({ versions: [version(schema)] }));
  const { json, headers } = await server.call('GET /openapi/v2');
  expect(headers['etag']).not.toBe(before);
  const definitions = json['definitions'] as Record<string, { properties: Record<string, { properties: unknown }> }>;
  expect(definitions['com.example.v1.Widget']?.properties['spec']?.properties).toEqual({
    size: { type: 'integer' },
    note: { description: 'A note' },
    port: { 'x-kubernetes-int-or-string': true },
    any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  });
  const paths = json['paths'] as Record<string, object>;
  expect(paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}']).toMatchObject({
    patch: { operationId: 'patchExampleComV1NamespacedWidget' },
  });
});
