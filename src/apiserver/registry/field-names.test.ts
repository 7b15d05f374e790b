// Is a field whose name means something to JavaScript only a name, whichever way it comes?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import { establish, schemaOfSpec, version, widgetDefinition, widgetsPath } from '../customresources/testing.ts';
import { configMap, paths, startTestServer, type TestAnswer, type TestServer } from '../testing.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(() => server.stop());

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const at = `${paths.configMaps}/c`;
const dataWith = (name: string, value: string): object => ({ data: { a: '1', [name]: value } });
const strategic = 'application/strategic-merge-patch+json';

type Write = (name: string, value: string) => Promise<TestAnswer>;

const ways: Record<string, Write> = {
  PUT: (name, value) => server.call(`PUT ${at}`, { ...configMap('c'), ...dataWith(name, value) }),
  'a JSON patch': (name, value) =>
    server.call(`PATCH ${at}`, [{ op: 'add', path: `/data/${name}`, value }], {
      contentType: 'application/json-patch+json',
    }),
  'a merge patch': (name, value) =>
    server.call(`PATCH ${at}`, dataWith(name, value), { contentType: 'application/merge-patch+json' }),
  'a strategic merge patch': (name, value) =>
    server.call(`PATCH ${at}`, dataWith(name, value), { contentType: strategic }),
  'a strategic merge patch that replaces': (name, value) =>
    server.call(`PATCH ${at}`, { data: { a: '1', [name]: value, $patch: 'replace' } }, { contentType: strategic }),
  'server-side apply': (name, value) =>
    server.call(
      `PATCH ${at}?fieldManager=me&force=true`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, ...dataWith(name, value) },
      { contentType: 'application/apply-patch+yaml' },
    ),
};

const cases = Object.keys(ways).flatMap((way) => names.map((name) => ({ way, name })));

test.each(cases)('$way sets, changes and removes data[$name]', async ({ way, name }) => {
  const write = ways[way] as Write;
  await server.create(paths.configMaps, configMap('c'));
  for (const value of ['one', 'two']) {
    const { status, json } = await write(name, value);
    expect(status, json.message).toBe(200);
    const stored = (await server.call(`GET ${at}`)).json['data'] as object;
    expect(new Map(Object.entries(stored))).toEqual(new Map(Object.entries({ a: '1', [name]: value })));
  }
  const gone = await server.call(`PATCH ${at}`, { data: { [name]: null } }, { contentType: strategic });
  expect(Object.entries(gone.json['data'] as object)).toEqual([['a', '1']]);
  expect(Object.hasOwn(Object.prototype, 'one')).toBe(false);
});

test.each(names)('data[%s] of an applier who no longer names it goes, and only it', async (name) => {
  const apply = (data: object): Promise<TestAnswer> =>
    server.call(
      `PATCH ${at}?fieldManager=me`,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data },
      { contentType: 'application/apply-patch+yaml' },
    );
  await apply({ a: '1', [name]: 'x' });
  const { json } = await apply({ a: '1' });
  expect(Object.entries(json['data'] as object)).toEqual([['a', '1']]);
});

test.each(names)('a field %s that a kind lacks is unknown', async (name) => {
  const body = { ...configMap('c'), [name]: { x: 1 } };
  const { status, json } = await server.call(`POST ${paths.configMaps}?fieldValidation=Strict`, body);
  expect(status).toBe(400);
  expect(json.message).toContain(`unknown field "${name}"`);
});

test.each(names)('a custom resource keeps a field %s where its schema keeps unknown fields', async (name) => {
  const schema = schemaOfSpec({}, { 'x-kubernetes-preserve-unknown-fields': true });
  await establish(server, widgetDefinition({ versions: [version(schema)] }));
  const spec = { [name]: { deep: { [name]: 1 } } };
  await server.create(widgetsPath, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x' }, spec });
  const patch = { spec: { [name]: { deep: { [name]: 2 } } } };
  const merged = await server.call(`PATCH ${widgetsPath}/x`, patch, { contentType: 'application/merge-patch+json' });
  expect(JSON.stringify(merged.json['spec'])).toBe(JSON.stringify({ [name]: { deep: { [name]: 2 } } }));
  expect(Object.hasOwn(Object.prototype, 'deep')).toBe(false);
});

test.each(names)('jsonEqual: an object with a field %s differs from one without', (name) => {
  for (const value of [{}, null, 1]) {
    expect(jsonEqual({ [name]: value }, {})).toBe(false);
    expect(jsonEqual({}, { [name]: value })).toBe(false);
    expect(jsonEqual({ [name]: value }, { [name]: value })).toBe(true);
  }
});
