// Which objects does a list show, as of when, in which form?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, configMap, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const { claims, configMaps, pods } = paths;

test('pages -> together the list as of the first page, whatever is written between', async () => {
  for (let i = 0; i < 7; i++) await server.create(configMaps, configMap(`c${i}`));
  const first = await server.call(`GET ${configMaps}?limit=3`);
  expect(first.json['metadata']).toMatchObject({ remainingItemCount: 4 });
  await server.call(`DELETE ${configMaps}/c5`);
  await server.create(configMaps, configMap('c55'));
  const names = first.json.items.map(({ metadata }) => metadata.name);
  let token = (first.json.metadata as { continue?: string }).continue;
  while (token) {
    const next = await server.call(`GET ${configMaps}?limit=3&continue=${token}`);
    expect(next.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion);
    names.push(...next.json.items.map(({ metadata }) => metadata.name));
    token = (next.json.metadata as { continue?: string }).continue;
  }
  expect(names).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
});

test('a page after compaction -> Expired', async () => {
  for (let i = 0; i < 4; i++) await server.create(configMaps, configMap(`c${i}`));
  const { json } = await server.call(`GET ${configMaps}?limit=2`);
  await server.create(configMaps, configMap('later'));
  await server.store.compact(server.store.currentRevision());
  const next = await server.call(
    `GET ${configMaps}?limit=2&continue=${(json.metadata as { continue?: string }).continue}`,
  );
  expect(next.json).toMatchObject({ code: 410, reason: 'Expired' });
});

test.each<{ name: string; query: string; want: string[] | number }>([
  { name: 'no selector -> all', query: '', want: ['a', 'b', 'c'] },
  { name: 'label equality', query: '?labelSelector=app%3Dweb', want: ['a', 'b'] },
  { name: 'label set', query: '?labelSelector=tier%20in%20(x,y)', want: ['b', 'c'] },
  { name: 'label absent', query: '?labelSelector=!tier', want: ['a'] },
  { name: 'field equality', query: '?fieldSelector=metadata.name%3Db', want: ['b'] },
  { name: 'field of the spec', query: '?fieldSelector=spec.nodeName%3Dn1', want: ['c'] },
  { name: 'field inequality', query: '?fieldSelector=spec.nodeName!%3Dn1', want: ['a', 'b'] },
  { name: 'both', query: '?labelSelector=app%3Dweb&fieldSelector=metadata.name!%3Da', want: ['b'] },
  { name: 'malformed label selector -> BadRequest', query: '?labelSelector=a%20b', want: 400 },
  { name: 'unknown field -> BadRequest', query: '?fieldSelector=spec.image%3Dx', want: 400 },
  { name: 'exact revision 0 -> Invalid', query: '?resourceVersion=0&resourceVersionMatch=Exact', want: 422 },
  { name: 'a revision that is no number -> BadRequest', query: '?resourceVersion=x', want: 400 },
  { name: 'a revision ahead -> Timeout', query: '?resourceVersion=999999', want: 504 },
])('$name', async ({ query, want }) => {
  await server.create(pods, { ...pod('a'), metadata: { name: 'a', labels: { app: 'web' } } });
  await server.create(pods, { ...pod('b'), metadata: { name: 'b', labels: { app: 'web', tier: 'x' } } });
  await server.create(pods, { ...pod('c', { nodeName: 'n1' }), metadata: { name: 'c', labels: { tier: 'y' } } });
  const { status, json } = await server.call(`GET ${pods}${query}`);
  if (typeof want === 'number') expect(status).toBe(want);
  else expect(json.items.map(({ metadata }) => metadata.name)).toEqual(want);
});

test('an exact revision -> the state of then', async () => {
  const { metadata } = await server.create(configMaps, configMap('a'));
  await server.create(configMaps, configMap('b'));
  const then = await server.call(
    `GET ${configMaps}?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`,
  );
  expect(then.json.items.map((item) => item.metadata.name)).toEqual(['a']);
});

test('as a Table, as metadata -> in that form', async () => {
  await server.create(claims, claim('data'));
  const table = await server.call(`GET ${claims}`, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  });
  expect(table.json).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    columnDefinitions: expect.arrayContaining([expect.objectContaining({ name: 'Name' })]),
  });
  expect((table.json['rows'] as { cells: unknown[]; object: object }[])[0]).toMatchObject({
    object: { kind: 'PartialObjectMetadata', metadata: { name: 'data' } },
  });
  const partial = await server.call(`GET ${claims}`, undefined, {
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  });
  expect(partial.json).toMatchObject({
    kind: 'PartialObjectMetadataList',
    items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'data' } }],
  });
  expect(partial.json.items[0]).not.toHaveProperty('spec');
});

test('an event -> the same in core and events.k8s.io', async () => {
  await server.create('/api/v1/namespaces/default/events', {
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    reason: 'Started',
    message: 'it runs',
    type: 'Normal',
    source: { component: 'test' },
  });
  const { json } = await server.call('GET /apis/events.k8s.io/v1/namespaces/default/events');
  expect(json).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    items: [{ regarding: { name: 'p' }, note: 'it runs', reason: 'Started' }],
  });
});
