// How do custom resources of clients merge under server-side apply, also when their definition changes between two applies?

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonSchema } from '../../apis/definition.ts';
import { mergePatch, startTestServer, type TestAnswer, type TestServer } from '../testing.ts';
import { crdPath, establish, schemaOfSpec, until, version, widgetDefinition, widgetsPath } from './testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const text: JsonSchema = { type: 'string' };
const list = (type: 'set' | 'atomic'): JsonSchema => ({
  type: 'array',
  'x-kubernetes-list-type': type,
  items: text,
});
const ports: JsonSchema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['port', 'protocol'],
  items: {
    type: 'object',
    required: ['port'],
    properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text, note: text },
  },
};
const schema = (tags: JsonSchema): JsonSchema =>
  schemaOfSpec({
    ports,
    tags,
    labels: { type: 'object', additionalProperties: text },
    whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
  });

const apply = (
  manager: string,
  spec: object,
  { path = `${widgetsPath}/w`, force = false, apiVersion = 'example.com/v1' } = {},
): Promise<TestAnswer> =>
  server.call(
    `PATCH ${path}?fieldManager=${manager}&force=${force}`,
    { apiVersion, kind: 'Widget', metadata: { name: 'w' }, spec },
    { contentType: 'application/apply-patch+yaml' },
  );
const specOf = ({ json }: TestAnswer): unknown => json['spec'];

test('a null -> dropped from what is sent whole, refused in what is applied, unless a default replaces it', async () => {
  await establish(server, widgetDefinition({ versions: [version(schema(list('set')))] }));
  const nulls = { tags: null, ports: [{ port: 1, protocol: null }] };
  const sent = await server.call(`POST ${widgetsPath}`, { metadata: { name: 'sent' }, spec: nulls });
  expect([sent.status, specOf(sent)]).toEqual([201, { ports: [{ port: 1, protocol: 'TCP' }] }]);
  for (const name of ['w', 'sent']) {
    const path = `${widgetsPath}/${name}`;
    const config = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec: { tags: null } };
    const applied = await server.call(`PATCH ${path}?fieldManager=one&force=true`, config, {
      contentType: 'application/apply-patch+yaml',
    });
    expect([applied.status, applied.json.details?.causes?.map(({ field }) => field)]).toEqual([422, ['spec.tags']]);
  }
});

test('map lists by all their keys, sets, maps, and what is atomic', async () => {
  await establish(server, widgetDefinition({ versions: [version(schema(list('set')))] }));
  await apply('a', { ports: [{ port: 80, name: 'web' }], tags: ['x'], labels: { k: 'a' }, whole: { k: 'a' } });
  const merged = await apply('b', {
    ports: [
      { port: 80, protocol: 'UDP', name: 'quic' },
      { port: 80, note: 'mine' },
    ],
    tags: ['x', 'y'],
    labels: { l: 'b' },
  });
  expect(specOf(merged)).toEqual({
    ports: [
      { port: 80, protocol: 'UDP', name: 'quic' },
      { port: 80, protocol: 'TCP', name: 'web', note: 'mine' },
    ],
    tags: ['x', 'y'],
    labels: { k: 'a', l: 'b' },
    whole: { k: 'a' },
  });
  const refused = await apply('b', { whole: { l: 'b' } });
  expect([refused.status, refused.json.message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "a": .spec.whole',
  ]);
  // What a names no more goes, unless b has it too.
  const less = await apply('a', { ports: [], tags: [], whole: { k: 'a' } });
  expect(specOf(less)).toEqual({
    ports: [
      { port: 80, protocol: 'UDP', name: 'quic' },
      { port: 80, protocol: 'TCP', note: 'mine' },
    ],
    tags: ['x', 'y'],
    labels: { l: 'b' },
    whole: { k: 'a' },
  });
});

async function change(versions: object[]): Promise<void> {
  const { json } = await server.call(`PATCH ${crdPath}/widgets.example.com`, { spec: { versions } }, mergePatch);
  expect(json.message).toBeUndefined();
}

test('a set that becomes atomic -> its items have one owner; back again -> each has its own', async () => {
  await establish(server, widgetDefinition({ versions: [version(schema(list('set')))] }));
  await apply('a', { tags: ['x'] });
  await apply('b', { tags: ['y'] });
  await change([version(schema(list('atomic')))]);
  let refused: TestAnswer | undefined;
  await until(async () => {
    refused = await apply('c', { tags: ['z'] });
    return refused.status === 409;
  });
  expect(refused?.json.message).toBe(
    'Apply failed with 2 conflicts: conflicts with "a":\n- .spec.tags\nconflicts with "b":\n- .spec.tags',
  );
  expect(specOf(await apply('c', { tags: ['z'] }, { force: true }))).toEqual({ tags: ['z'] });
  await change([version(schema(list('set')))]);
  await until(async () => (await apply('a', { tags: ['x'] })).status === 200);
  expect(specOf(await apply('a', { tags: ['x'] }))).toEqual({ tags: ['z', 'x'] });
});

test('managers of two versions of a resource own the same fields', async () => {
  await establish(
    server,
    widgetDefinition({
      versions: [version(schema(list('set'))), version(schema(list('set')), { name: 'v2', storage: false })],
    }),
  );
  await apply('a', { labels: { k: 'a' }, tags: ['x'] });
  const other = { path: `${widgetsPath.replace('/v1/', '/v2/')}/w`, apiVersion: 'example.com/v2' };
  const refused = await apply('b', { labels: { k: 'b' } }, other);
  expect([refused.status, refused.json.message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "a": .spec.labels.k',
  ]);
  await apply('b', { labels: { k: 'b', l: 'b' } }, { ...other, force: true });
  expect(specOf(await apply('a', { tags: ['x'] }))).toEqual({ labels: { k: 'b', l: 'b' }, tags: ['x'] });
});
