import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { mergePatch, startTestServer, type TestServer } from '../testing.ts';
import { customDefinitionsOf } from './custom-definition.ts';
import { crdPath, establish, schemaOfSpec, until, version, widgetDefinition } from './testing.ts';

type Widget = KubeObject & { spec: Record<string, unknown> };
type Review = { request: { uid: string; desiredAPIVersion: string; objects: Widget[] } };

const path = (v: string): string => `/apis/example.com/${v}/namespaces/default/widgets`;
const two = (schemas: [object, object], overrides: object = {}): { metadata: { name: string } } =>
  widgetDefinition({
    versions: [version(schemas[0], { name: 'v1' }), version(schemas[1], { name: 'v2', storage: false })],
    ...overrides,
  });

let server: TestServer;
let hook: Awaited<ReturnType<typeof startHook>>;
beforeAll(async () => {
  server = await startTestServer();
  hook = await startHook();
});
afterAll(async () => {
  await server.stop();
  await hook.stop();
});

/** A webhook that calls `spec.host` and `spec.port` of v1 `spec.address` in v2. */
async function startHook() {
  const options = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
  const authority = await createAuthority('hook authority', options);
  const request = {
    commonName: 'hook',
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['hook.default.svc'],
    usages: ['server' as const],
  };
  const { cert, key } = await issueCertificate(authority, request, options);
  const state = { mode: 'good', reviews: 0 };
  const hookServer = createServer({ cert, key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      state.reviews += 1;
      const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'ConversionReview',
          response: answer(asked, state.mode),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => hookServer.listen(0, '127.0.0.1', resolve));
  return {
    state,
    port: (hookServer.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.cert).toString('base64'),
    stop: () => new Promise<void>((resolve) => hookServer.close(() => resolve())),
  };
}

function answer({ uid, desiredAPIVersion, objects }: Review['request'], mode: string): object {
  if (mode === 'refuse') return { uid, result: { status: 'Failure', message: 'no thanks' } };
  if (mode === 'rename')
    return {
      uid,
      result: { status: 'Success' },
      convertedObjects: objects.map((each) => ({
        ...each,
        apiVersion: desiredAPIVersion,
        metadata: { ...each.metadata, name: 'x' },
      })),
    };
  return {
    uid,
    result: { status: 'Success' },
    convertedObjects: objects.map((each) => converted(each, desiredAPIVersion)),
  };
}

function converted(object: Widget, apiVersion: string): Widget {
  const { host, port, address = '' } = object.spec;
  const [newHost, newPort] = String(address).split(':');
  const spec = apiVersion.endsWith('v2') ? { address: `${host}:${port}` } : { host: newHost, port: newPort };
  return {
    ...object,
    apiVersion,
    spec,
    metadata: { ...object.metadata, labels: { converted: 'yes' }, uid: object.metadata.uid },
  };
}

test('conversion None: the version changes, fields that the other version lacks are pruned, defaults are read', async () => {
  const text = { type: 'string' as const };
  const schemas: [object, object] = [
    schemaOfSpec({ a: text, b: text }),
    schemaOfSpec({ a: text, c: { ...text, default: 'new' } }),
  ];
  await establish(server, two(schemas));
  await server.create(path('v1'), { metadata: { name: 'one' }, spec: { a: 'x', b: 'y' } });
  expect((await server.call(`GET ${path('v2')}/one`)).json).toMatchObject({
    apiVersion: 'example.com/v2',
    spec: { a: 'x' },
  });
  expect((await server.call(`GET ${path('v1')}/one`)).json).toMatchObject({
    apiVersion: 'example.com/v1',
    spec: { a: 'x', b: 'y' },
  });
  const created = await server.create(path('v2'), { metadata: { name: 'two' }, spec: { a: 'x' } });
  expect(created).toMatchObject({ apiVersion: 'example.com/v2', spec: { a: 'x' } });
  const list = await server.call(`GET ${path('v2')}`);
  expect(list.json.items.map(({ apiVersion }) => apiVersion)).toEqual(['example.com/v2', 'example.com/v2']);
  expect((await server.watch(`${path('v2')}?watch=true`, 2)).map(({ object }) => object.apiVersion)).toEqual([
    'example.com/v2',
    'example.com/v2',
  ]);
  const discovery = await server.call('GET /apis/example.com');
  expect(discovery.json).toMatchObject({ preferredVersion: { version: 'v2' } });
  expect((await server.call(`GET ${crdPath}/widgets.example.com`)).json).toMatchObject({
    status: { storedVersions: ['v1'] },
  });
});

test('defaults of the stored version are filled in when old objects are read', async () => {
  const definition = (properties: Parameters<typeof schemaOfSpec>[0]) => ({
    metadata: { name: 'gadgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [version(schemaOfSpec(properties))],
    },
  });
  await establish(server, definition({ a: { type: 'string' } }));
  await server.create('/apis/example.com/v1/gadgets', { metadata: { name: 'old' }, spec: {} });
  const { spec } = definition({ a: { type: 'string', default: 'filled' } });
  await server.call(`PATCH ${crdPath}/gadgets.example.com`, { spec }, mergePatch);
  await until(
    async () =>
      ((await server.call('GET /apis/example.com/v1/gadgets/old')).json as unknown as Widget).spec['a'] === 'filled',
  );
  expect((await server.call('GET /apis/example.com/v1/gadgets')).json.items).toMatchObject([{ spec: { a: 'filled' } }]);
});

test('conversion webhook: read, list, watch and write go through it; a service leads to its endpoints', async () => {
  await server.create('/api/v1/namespaces/default/services', {
    metadata: { name: 'hook' },
    spec: { ports: [{ port: 443, targetPort: hook.port }] },
  });
  await server.create('/api/v1/namespaces/default/endpoints', {
    metadata: { name: 'hook' },
    subsets: [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: hook.port }] }],
  });
  const text = { type: 'string' as const };
  const clientConfig = { service: { name: 'hook', namespace: 'default', path: '/convert' }, caBundle: hook.caBundle };
  const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
  const names = { plural: 'doors', kind: 'Door' };
  const definition = {
    ...two([schemaOfSpec({ host: text, port: text }), schemaOfSpec({ address: text })], { names, conversion }),
    metadata: { name: 'doors.example.com' },
  };
  await establish(server, definition);
  const doors = (v: string): string => path(v).replace('widgets', 'doors');
  await server.create(doors('v1'), { metadata: { name: 'a' }, spec: { host: 'h', port: '1' } });
  expect(hook.state.reviews).toBe(0);
  expect((await server.call(`GET ${doors('v2')}/a`)).json).toMatchObject({
    apiVersion: 'example.com/v2',
    spec: { address: 'h:1' },
    metadata: { labels: { converted: 'yes' } },
  });
  await server.create(doors('v2'), { metadata: { name: 'b' }, spec: { address: 'g:2' } });
  expect((await server.call(`GET ${doors('v1')}/b`)).json).toMatchObject({
    apiVersion: 'example.com/v1',
    spec: { host: 'g', port: '2' },
  });
  expect((await server.call(`GET ${doors('v2')}`)).json.items).toMatchObject([
    { spec: { address: 'h:1' } },
    { spec: { address: 'g:2' } },
  ]);
  const watching = server.watch(`${doors('v2')}?watch=true`, 3);
  await server.call(`PATCH ${doors('v1')}/a`, { spec: { port: '9' } }, mergePatch);
  const events = await watching;
  expect(events.at(-1)).toMatchObject({
    type: 'MODIFIED',
    object: { apiVersion: 'example.com/v2', spec: { address: 'h:9' } },
  });

  const failing = async (mode: string): Promise<string | undefined> => {
    hook.state.mode = mode;
    await server.call(`PATCH ${doors('v1')}/a`, { metadata: { annotations: { mode } } }, mergePatch);
    const { status, json } = await server.call(`GET ${doors('v2')}/a`);
    expect(status).toBe(500);
    return json.message;
  };
  expect(await failing('refuse')).toBe('conversion webhook for example.com/v1, Kind=Door failed: no thanks');
  expect(await failing('rename')).toBe(
    'conversion webhook for example.com/v1, Kind=Door returned invalid converted object at index 0: must have the same name: a != x',
  );
});

test('conversion webhook: owners of another version lose what is changed, and are asked for it', async () => {
  hook.state.mode = 'good';
  const text = { type: 'string' as const };
  const clientConfig = { url: `https://127.0.0.1:${hook.port}/convert`, caBundle: hook.caBundle };
  const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
  const names = { plural: 'gates', kind: 'Gate' };
  const definition = {
    ...two([schemaOfSpec({ host: text, port: text }), schemaOfSpec({ address: text })], { names, conversion }),
    metadata: { name: 'gates.example.com' },
  };
  await establish(server, definition);
  const apply = (v: string, query: string, spec: object): ReturnType<TestServer['call']> => {
    const line = `PATCH ${path(v).replace('widgets', 'gates')}/a?${query}`;
    const body = { apiVersion: `example.com/${v}`, kind: 'Gate', metadata: { name: 'a' }, spec };
    return server.call(line, body, { contentType: 'application/apply-patch+yaml' });
  };
  await apply('v1', 'fieldManager=one', { host: 'h', port: '1' });
  const refused = await apply('v2', 'fieldManager=two', { address: 'h:2' });
  expect([refused.status, refused.json.message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "one": .spec.port',
  ]);
  const forced = await apply('v2', 'fieldManager=two&force=true', { address: 'h:2' });
  expect(forced.json).toMatchObject({ spec: { address: 'h:2' } });
  const { managedFields } = forced.json.metadata as KubeObject['metadata'];
  expect(managedFields).toMatchObject([
    { manager: 'one', apiVersion: 'example.com/v1', fieldsV1: { 'f:spec': { 'f:host': {} } } },
    { manager: 'two', apiVersion: 'example.com/v2', fieldsV1: { 'f:spec': { 'f:address': {} } } },
  ]);
  expect(managedFields?.[0]?.fieldsV1).not.toMatchObject({ 'f:spec': { 'f:port': {} } });

  hook.state.mode = 'refuse';
  const gate = `${path('v1').replace('widgets', 'gates')}/a`;
  const changed = await server.call(`PATCH ${gate}`, { spec: { port: '3' } }, mergePatch);
  expect(changed.json).toMatchObject({ spec: { host: 'h', port: '3' } });
});

test('conversion None: what both versions know comes back as it went', () => {
  const schema = schemaOfSpec({ a: { type: 'string' }, b: { type: 'integer', default: 7 } });
  const definition = two([schema, schema]) as unknown as CustomResourceDefinition;
  const [v1, v2] = customDefinitionsOf(definition, { converter: undefined, celRulesOf: undefined });
  const anySpec = fc.record({ a: fc.string(), b: fc.integer() }, { requiredKeys: ['a'] });
  fc.assert(
    fc.property(anySpec, (spec) => {
      const object = {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata: { name: 'x' },
        spec,
      } as unknown as KubeObject;
      v1?.applyDefaults?.(object);
      const stored = v1?.toStored?.(object) as KubeObject;
      const other = v2?.fromStored?.(stored) as KubeObject;
      expect(other.apiVersion).toBe('example.com/v2');
      expect(v1?.fromStored?.(v2?.toStored?.(other) as KubeObject)).toEqual(object);
    }),
  );
});
