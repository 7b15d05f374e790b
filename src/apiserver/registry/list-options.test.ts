// Do lists and watches read resourceVersion, match, limit and continue as upstream documents them?

import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import { configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
let first: KubeObject;
beforeEach(async () => {
  server = await startTestServer();
  first = await server.create(configMaps, configMap('a'));
  await server.create(configMaps, configMap('b'));
});
afterEach(() => server.stop());
const { configMaps, pods } = paths;
const optionsAreInvalid = 'ListOptions.meta.k8s.io "" is invalid: ';

// Source: kubernetes.io/docs/reference/using-api/api-concepts "Resource versions". FIRST is the revision of `a`.
test.each<{ name: string; query: string; want: string[] | { code: number; message: string } }>([
  { name: 'no version -> newest', query: '', want: ['a', 'b'] },
  { name: 'no version, limit -> newest', query: 'limit=1', want: ['a'] },
  { name: 'version 0 -> any', query: 'resourceVersion=0', want: ['a', 'b'] },
  { name: 'version 0, limit -> any, and all of it', query: 'resourceVersion=0&limit=1', want: ['a', 'b'] },
  { name: 'version -> not older', query: 'resourceVersion=FIRST', want: ['a', 'b'] },
  { name: 'version, limit -> exact', query: 'resourceVersion=FIRST&limit=5', want: ['a'] },
  { name: 'not older', query: 'resourceVersion=FIRST&resourceVersionMatch=NotOlderThan', want: ['a', 'b'] },
  { name: 'not older than 0', query: 'resourceVersion=0&resourceVersionMatch=NotOlderThan', want: ['a', 'b'] },
  {
    name: 'not older, limit -> newest',
    query: 'resourceVersion=FIRST&resourceVersionMatch=NotOlderThan&limit=5',
    want: ['a', 'b'],
  },
  { name: 'exact', query: 'resourceVersion=FIRST&resourceVersionMatch=Exact', want: ['a'] },
  { name: 'exact, limit', query: 'resourceVersion=FIRST&resourceVersionMatch=Exact&limit=5', want: ['a'] },
  { name: 'negative limit -> none', query: 'limit=-1', want: ['a', 'b'] },
  {
    name: 'match without version',
    query: 'resourceVersionMatch=NotOlderThan',
    want: {
      code: 422,
      message: `${optionsAreInvalid}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
    },
  },
  {
    name: 'exact 0',
    query: 'resourceVersion=0&resourceVersionMatch=Exact',
    want: {
      code: 422,
      message: `${optionsAreInvalid}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    },
  },
  {
    name: 'unknown match with continue -> both said',
    query: 'resourceVersion=1&resourceVersionMatch=x&continue=y',
    want: {
      code: 422,
      message: `${optionsAreInvalid}[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided, resourceVersionMatch: Unsupported value: "x": supported values: "Exact", "NotOlderThan", ""]`,
    },
  },
  {
    name: 'sendInitialEvents on a list',
    query: 'sendInitialEvents=false',
    want: {
      code: 422,
      message: `${optionsAreInvalid}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`,
    },
  },
  {
    name: 'version that is no number',
    query: 'resourceVersion=x',
    want: {
      code: 400,
      message:
        'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    },
  },
  {
    name: 'limit that is no number',
    query: 'limit=x',
    want: { code: 400, message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  },
  {
    name: 'token that is no token',
    query: 'continue=e30',
    want: {
      code: 400,
      message: 'invalid continue token: continue key is not valid: server does not recognize this encoded version ',
    },
  },
  {
    name: 'token that climbs out of its collection',
    query: `continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":3,"start":"../../secrets/x"}').toString('base64url')}`,
    want: { code: 400, message: 'invalid continue token: continue key is not valid: ../../secrets/x' },
  },
  {
    name: 'unknown field of a kind without fields of its own',
    query: 'fieldSelector=data.x=1',
    want: {
      code: 400,
      message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
  },
])('list: $name', async ({ query, want }) => {
  const { status, json } = await server.call(`GET ${configMaps}?${query.replace('FIRST', revisionOf(first))}`);
  if (Array.isArray(want)) expect(json.items.map(({ metadata }) => metadata.name)).toEqual(want);
  else expect({ code: status, message: json.message }).toEqual(want);
});

test('unknown field of a kind with fields of its own -> BadRequest in its words', async () => {
  const { json } = await server.call(`GET ${pods}?fieldSelector=spec.image=x`);
  expect(json).toMatchObject({ code: 400, message: 'field label not supported: spec.image' });
});

test.each<{ name: string; query: string; message: string }>([
  {
    name: 'initial events without match',
    query: 'sendInitialEvents=true',
    message: 'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  },
  {
    name: 'match without initial events',
    query: 'resourceVersion=5&resourceVersionMatch=NotOlderThan',
    message:
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  },
  {
    name: 'exact match',
    query: 'sendInitialEvents=true&resourceVersionMatch=Exact',
    message:
      '[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
  },
])('watch: $name -> Invalid', async ({ query, message }) => {
  const { json } = await server.call(`GET ${configMaps}?watch=true&${query}`);
  expect(json).toMatchObject({ code: 422, message: `${optionsAreInvalid}${message}` });
});

test('any page size, writes between -> every page of the revision of the first, with the count of what is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.boolean(), async (limit, writes) => {
      const whole = (await server.call(`GET ${configMaps}`)).json.items;
      const seen: KubeObject[] = [];
      let token: string | undefined = '';
      let revision: string | undefined;
      while (token !== undefined) {
        const { json } = await server.call(`GET ${configMaps}?limit=${limit}&continue=${token}`);
        seen.push(...json.items);
        const meta = json.metadata as { resourceVersion: string; continue?: string; remainingItemCount?: number };
        revision ??= meta.resourceVersion;
        expect(meta.resourceVersion).toBe(revision);
        expect(meta.remainingItemCount ?? 0).toBe(whole.length - seen.length);
        token = meta.continue;
        // The first page came from the cache; these writes send the next ones to the store.
        if (writes) await server.call(`POST ${configMaps}`, { metadata: { generateName: 'c-' } });
        if (writes && seen.length % 2 === 1) await server.call(`DELETE ${configMaps}/${whole.at(-1)?.metadata.name}`);
      }
      expect(seen).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});

test('first page compacted -> Expired with a token that goes on without consistency', async () => {
  for (const name of ['c', 'd']) await server.create(configMaps, configMap(name));
  const page = await server.call(`GET ${configMaps}?limit=2`);
  await server.create(configMaps, configMap('e'));
  await server.store.compact(server.store.currentRevision());
  const next = await server.call(`GET ${configMaps}?limit=2&continue=${tokenOf(page.json)}`);
  expect(next.json).toMatchObject({
    code: 410,
    reason: 'Expired',
    message: expect.stringContaining('or use the continue token in this response'),
  });
  const rest = await server.call(`GET ${configMaps}?continue=${tokenOf(next.json)}`);
  expect(rest.json.items.map(({ metadata }) => metadata.name)).toEqual(['c', 'd', 'e']);
});

test('watch from nothing with bookmarks -> the end of the initial events is marked, as for a WatchList', async () => {
  const events = await server.watch(`${configMaps}?watch=true&allowWatchBookmarks=true`, 3);
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK']);
  expect(events[2]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
});

test('no initial events asked for -> only what comes', async () => {
  const query = 'watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
  const watching = server.watch(`${configMaps}?${query}`, 1);
  await new Promise((resolve) => setImmediate(resolve));
  await server.create(configMaps, configMap('c'));
  expect((await watching)[0]?.object.metadata.name).toBe('c');
});

test.each([
  { name: 'field selector', path: `${configMaps}?watch=true&fieldSelector=metadata.name=b&resourceVersion=FIRST` },
  { name: 'old path', path: '/api/v1/watch/namespaces/default/configmaps/b?resourceVersion=FIRST' },
])('one object watched by $name -> only its events', async ({ path }) => {
  await server.call(`PATCH ${configMaps}/a`, { data: { a: '2' } }, mergePatch);
  await server.call(`PATCH ${configMaps}/b`, { data: { a: '2' } }, mergePatch);
  const events = await server.watch(path.replace('FIRST', revisionOf(first)), 2);
  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'b'],
    ['MODIFIED', 'b'],
  ]);
});

test('a watch ends after timeoutSeconds, and without them within the hour', async () => {
  await server.stop();
  const clock = new FakeClock();
  server = await startTestServer({ clock });
  const ended: string[] = [];
  for (const query of ['timeoutSeconds=5', 'timeoutSeconds=0']) {
    void server.watch(`${configMaps}?watch=true&${query}`, 1000).then(() => ended.push(query));
  }
  await clock.advance(4000);
  expect(ended).toEqual([]);
  await clock.advance(1000);
  expect(ended).toEqual(['timeoutSeconds=5']);
  await clock.advance(3600_000);
  expect(ended).toEqual(['timeoutSeconds=5', 'timeoutSeconds=0']);
});

test.each([
  { as: 'Table', kind: 'Table', named: (object: Table) => object.rows[0]?.object.metadata.name },
  { as: 'PartialObjectMetadata', kind: 'PartialObjectMetadata', named: (object: KubeObject) => object.metadata.name },
])('a watch as $as -> every event in that form', async ({ as, kind, named }) => {
  const accept = `application/json;as=${as};v=v1;g=meta.k8s.io`;
  const events = await server.watch(`${configMaps}?watch=true`, 2, { accept });
  expect(events.map(({ object }) => [object.kind, named(object as KubeObject & Table)])).toEqual([
    [kind, 'a'],
    [kind, 'b'],
  ]);
});

test('deletecollection with selector and limit -> those, and their list', async () => {
  await server.create(configMaps, configMap('c', { labels: { x: '1' } }));
  await server.create(configMaps, configMap('d', { labels: { x: '1' } }));
  const { json } = await server.call(`DELETE ${configMaps}?labelSelector=x=1`);
  expect(json.kind).toBe('ConfigMapList');
  expect(json.items.map(({ metadata }) => metadata.name)).toEqual(['c', 'd']);
  const left = await server.call(`GET ${configMaps}`);
  expect(left.json.items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
});

interface Table {
  rows: { object: KubeObject }[];
}

const revisionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion;
const tokenOf = ({ metadata }: { metadata: object }): string => (metadata as { continue?: string }).continue ?? '';
