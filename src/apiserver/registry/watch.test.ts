// Does a watch leave nothing out and repeat nothing?

import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import { configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { configMaps } = paths;

test('from a revision -> what came after, in order, then live', async () => {
  const first = await server.create(configMaps, configMap('a'));
  await server.create(configMaps, configMap('b'));
  await server.call(`DELETE ${configMaps}/a`);
  const events = await server.watch(`${configMaps}?watch=true&resourceVersion=${first.metadata.resourceVersion}`, 2);
  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'b'],
    ['DELETED', 'a'],
  ]);
  expect(Number(events[1]?.object.metadata.resourceVersion)).toBe(server.store.currentRevision());
});

test('without a revision -> what exists, then live', async () => {
  await server.create(configMaps, configMap('a'));
  const watching = server.watch(`${configMaps}?watch=true`, 2);
  await new Promise((resolve) => setImmediate(resolve));
  await server.create(configMaps, configMap('b'));
  expect((await watching).map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'a'],
    ['ADDED', 'b'],
  ]);
});

test('an object leaves and enters the selection -> DELETED and ADDED', async () => {
  const { metadata } = await server.create(configMaps, configMap('a', { labels: { x: '1' } }));
  for (const x of ['2', '1']) await server.call(`PATCH ${configMaps}/a`, { metadata: { labels: { x } } }, mergePatch);
  const events = await server.watch(
    `${configMaps}?watch=true&labelSelector=x%3D1&resourceVersion=${metadata.resourceVersion}`,
    2,
  );
  expect(events.map(({ type, object }) => [type, object.metadata.labels?.['x']])).toEqual([
    ['DELETED', '1'],
    ['ADDED', '1'],
  ]);
});

test('initial events asked for -> objects, then the bookmark that ends them', async () => {
  await server.create(configMaps, configMap('a'));
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const [added, bookmark] = await server.watch(`${configMaps}?${query}`, 2);
  expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  const metadata = {
    resourceVersion: added?.object.metadata.resourceVersion,
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  expect(bookmark).toEqual({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata } });
});

test('initial events without the match -> Invalid', async () => {
  expect((await server.call(`GET ${configMaps}?watch=true&sendInitialEvents=true`)).status).toBe(422);
});

test('a compacted revision -> an Expired error event', async () => {
  await server.create(configMaps, configMap('a'));
  await server.store.compact(server.store.currentRevision());
  await server.stop();
  const { store } = server;
  server = await startTestServer({ store });
  const [event] = await server.watch(`${configMaps}?watch=true&resourceVersion=1`, 1);
  expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', reason: 'Expired', code: 410 } });
});

test('a revision from before the server started -> read from the store', async () => {
  const { metadata } = await server.create(configMaps, configMap('a'));
  await server.create(configMaps, configMap('b'));
  await server.stop();
  const { store } = server;
  server = await startTestServer({ store });
  const watching = server.watch(`${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}`, 2);
  await new Promise((resolve) => setImmediate(resolve));
  await server.create(configMaps, configMap('c'));
  expect((await watching).map(({ object }) => object.metadata.name)).toEqual(['b', 'c']);
});

test('a watcher that does not read -> closed, and what it has read has no gaps', async () => {
  await server.stop();
  server = await startTestServer({ watchBufferBytesMax: 4096 });
  const stopping = new AbortController();
  const path = `${configMaps}?watch=true&resourceVersion=${server.store.currentRevision()}`;
  const user = { name: 'a', groups: ['system:masters'] };
  const { body } = await server.apiServer.handle({ method: 'GET', path, headers: {}, body: undefined, user }, stopping);
  const iterator = body[Symbol.asyncIterator]();
  const first = iterator.next();
  for (let i = 0; i < 50; i++) await server.create(configMaps, configMap(`c${i}`));
  expect((await first).done).toBe(false);
  let end = await iterator.next();
  while (!end.done) end = await iterator.next();
  expect((await server.call('GET /metrics')).json['text']).toContain(
    'apiserver_terminated_watchers_total{group="",resource="configmaps"} 1',
  );
  stopping.abort();
});

test('list and watch -> the same state as a later list, whatever is written', async () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const action = fc.record({
    name: names,
    kind: fc.constantFrom('create', 'patch', 'delete'),
    value: fc.constantFrom('1', '2', '3'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 15 }), fc.nat(14), async (actions, startAt) => {
      let from = '0';
      const known = new Map<string, KubeObject>();
      for (const [index, { name, kind, value }] of actions.entries()) {
        if (index === Math.min(startAt, actions.length - 1)) {
          const { json } = await server.call(`GET ${configMaps}`);
          from = json.metadata.resourceVersion;
          // Items of a list don't say what they are.
          const identity = { kind: 'ConfigMap', apiVersion: 'v1' };
          for (const item of json.items) known.set(item.metadata.name, { ...identity, ...item });
        }
        if (kind === 'create') await server.call(`POST ${configMaps}`, configMap(name));
        else if (kind === 'patch') await server.call(`PATCH ${configMaps}/${name}`, { data: { v: value } }, mergePatch);
        else await server.call(`DELETE ${configMaps}/${name}`);
      }
      const marker = await server.create(configMaps, { metadata: { generateName: 'marker-' } });
      let revision = Number(from);
      for (const { type, object } of await eventsUntil(
        `${configMaps}?watch=true&resourceVersion=${from}`,
        marker.metadata.name,
      )) {
        expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(revision);
        revision = Number(object.metadata.resourceVersion);
        if (type === 'DELETED') known.delete(object.metadata.name);
        else known.set(object.metadata.name, object);
      }
      const { json } = await server.call(`GET ${configMaps}`);
      expect([...known.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))).toEqual(
        json.items.map((item) => ({ kind: 'ConfigMap', apiVersion: 'v1', ...item })),
      );
      await server.call(`DELETE ${configMaps}`);
    }),
    { numRuns: 30 },
  );
});

/** Events of a watch up to the first one about `name`. */
async function eventsUntil(path: string, name: string): Promise<{ type: string; object: KubeObject }[]> {
  for (let count = 1; ; count++) {
    const events = await server.watch(path, count);
    if (events.at(-1)?.object.metadata.name === name) return events;
  }
}

test('bookmarks -> at every interval, changes or not', async () => {
  await server.stop();
  const clock = new FakeClock();
  server = await startTestServer({ clock });
  const watching = server.watch(
    `${configMaps}?watch=true&allowWatchBookmarks=true&resourceVersion=${server.store.currentRevision()}`,
    2,
  );
  await clock.advance(2000);
  expect((await watching).map(({ type }) => type)).toEqual(['BOOKMARK', 'BOOKMARK']);
});
