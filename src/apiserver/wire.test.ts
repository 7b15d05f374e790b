// What does the server answer where no object is meant? Its own pages, and refusals of paths and methods.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, configMap, paths, startTestServer, type TestServer } from './testing.ts';
import type { UserInfo } from './types.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({
    defaultRoles: true,
    processFacts: () =>
      Promise.resolve({
        cpuSeconds: 1.5,
        residentBytes: 2,
        virtualBytes: 3,
        startedSeconds: 4,
        openFiles: 5,
        openFilesMax: 6,
        heapUsedBytes: 7,
      }),
  });
});
afterAll(() => server.stop());

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] };
const text = 'text/plain; charset=utf-8';
const notFound = { kind: 'Status', reason: 'NotFound', message: 'the server could not find the requested resource' };
const notAllowed = {
  kind: 'Status',
  reason: 'MethodNotAllowed',
  message: 'the server does not allow this method on the requested resource',
};
const page = { text: '404 page not found\n' };

test.each<{ line: string; status: number; json: object; type?: string }>([
  { line: 'GET /foo', status: 404, json: page, type: text },
  { line: 'POST /foo', status: 404, json: page, type: text },
  { line: 'GET /apis/none.example.com/v1', status: 404, json: page, type: text },
  { line: 'GET /apis/none.example.com/v1/things', status: 404, json: page, type: text },
  { line: 'GET /readyz/none', status: 404, json: page, type: text },
  { line: 'GET /api/v1/things', status: 404, json: notFound },
  { line: 'GET /api/v1/nodes/n/none', status: 404, json: notFound },
  { line: 'GET /api/v1/nodes/n/status/more', status: 404, json: notFound },
  { line: 'POST /api', status: 405, json: notAllowed },
  { line: 'DELETE /version', status: 405, json: notAllowed },
  { line: 'OPTIONS /api/v1/nodes', status: 405, json: notAllowed },
  { line: 'OPTIONS /api/v1/nodes/n', status: 405, json: notAllowed },
  { line: 'BREW /api/v1/nodes', status: 405, json: notAllowed },
  { line: 'POST /api/v1/nodes/n', status: 405, json: notAllowed },
  { line: 'PATCH /api/v1/nodes', status: 405, json: notAllowed },
  { line: 'PUT /api/v1/nodes', status: 405, json: notAllowed },
  { line: 'GET /livez/ping', status: 200, json: { text: 'ok' }, type: text },
])('$line -> $status', async ({ line, status, json, type = 'application/json' }) => {
  const answer = await server.call(line);
  expect([answer.status, answer.headers['content-type']]).toEqual([status, type]);
  expect(answer.json).toMatchObject(json);
});

test('a review as a table -> not acceptable; where it may not be asked for at all, that is said first', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const review = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
  expect((await server.call(`POST ${path}`, review)).status).toBe(201);
  expect((await server.call(`POST ${path}`, review, { accept })).json).toMatchObject({ reason: 'NotAcceptable' });
  expect((await server.call(`GET ${path}`, undefined, { accept })).json).toMatchObject(notAllowed);
});

test('a review with a name -> invalid; with what only servers set -> answered without it', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const spec = { nonResourceAttributes: { path: '/', verb: 'get' } };
  const { status, json } = await server.call(`POST ${path}`, { metadata: { name: 'a' }, spec });
  expect([status, json.message]).toEqual([422, expect.stringMatching(/metadata: Invalid value: .*: must be empty$/)]);
  const answer = await server.call(`POST ${path}`, { metadata: { uid: 'u', selfLink: '/', namespace: 'n' }, spec });
  expect([answer.status, Object.keys(answer.json.metadata)]).toEqual([201, ['managedFields']]);
});

test('the index -> every path that answers, for those who may read it', async () => {
  const { json } = await server.call('GET /');
  const listed = json['paths'] as string[];
  expect(listed).toEqual(listed.toSorted());
  for (const path of ['/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/metrics', '/readyz/informer-sync'])
    expect(listed).toContain(path);
  for (const path of listed) expect((await server.call(`GET ${path}`)).status, path).toBe(200);
  expect((await server.call('GET /', undefined, { user: jane })).status).toBe(403);
  expect((await server.call('GET /readyz/etcd', undefined, { user: jane })).status).toBe(403);
});

async function metrics(): Promise<Map<string, number>> {
  const { json, headers } = await server.call('GET /metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  const lines = String(json['text']).trim().split('\n');
  const samples = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(/ (?=[^ ]+$)/));
  const names = new Set(lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]));
  for (const [sample = ''] of samples) {
    const name = sample.replace(/\{.*$/, '');
    expect(names).toContain(names.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''));
  }
  const found = new Map(samples.map(([name = '', value]) => [name, Number(value)]));
  expect(found.size, 'a series comes twice').toBe(samples.length);
  return found;
}

const of = (labels: string): string => `{${labels},component="apiserver"`;

test('metrics -> requests by what they did, objects and watches by what there is, and the process', async () => {
  await server.create(paths.configMaps, configMap('m'));
  await server.call(`GET ${paths.configMaps}/m`);
  await server.call(`GET ${paths.configMaps}/none`);
  await server.call('POST /api/v1/namespaces/default/configmaps?dryRun=All', configMap('n'));
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { b: '1' } };
  const asApply = { contentType: 'application/apply-patch+yaml' };
  await server.call(`PATCH ${paths.configMaps}/m?fieldManager=t`, applied, asApply);
  const stop = new AbortController();
  const request = { path: `${paths.configMaps}?watch=true`, headers: {}, body: undefined, user: admin };
  const watching = await server.apiServer.handle({ ...request, method: 'GET' }, stop);
  const events = watching.body[Symbol.asyncIterator]();
  await events.next();

  const found = await metrics();
  const at = (verb: string, dryRun = ''): string =>
    of(
      `verb="${verb}",group="",version="v1",resource="configmaps",subresource="",scope="resource",dry_run="${dryRun}"`,
    );
  expect(found.get(`apiserver_request_total${at('GET')},code="200"}`)).toBe(1);
  expect(found.get(`apiserver_request_total${at('GET')},code="404"}`)).toBe(1);
  expect(found.get(`apiserver_request_total${at('POST')},code="201"}`)).toBe(1);
  expect(found.get(`apiserver_request_total${at('POST', 'All')},code="201"}`)).toBe(1);
  expect(found.get(`apiserver_request_total${at('APPLY')},code="200"}`)).toBe(1);
  expect(found.get(`apiserver_request_duration_seconds_count${at('GET')}}`)).toBe(2);
  expect(found.get(`apiserver_request_duration_seconds_bucket${at('GET')},le="+Inf"}`)).toBe(2);
  expect(found.get('apiserver_storage_objects{resource="configmaps"}')).toBeGreaterThanOrEqual(1);
  expect(found.get('apiserver_resource_objects{group="apps",resource="statefulsets"}') ?? 0).toBe(0);
  expect(found.get('apiserver_current_inflight_requests{request_kind="readOnly"}')).toBe(1);
  expect(found.get('apiserver_current_inflight_requests{request_kind="mutating"}')).toBe(0);
  const watch = 'verb="WATCH",group="",version="v1",resource="configmaps",subresource="",scope="namespace"';
  expect(found.get(`apiserver_longrunning_requests${of(watch)}}`)).toBe(1);
  expect(found.get('process_cpu_seconds_total')).toBe(1.5);
  stop.abort();
  await events.next();
  expect((await metrics()).get(`apiserver_longrunning_requests${of(watch)}}`)).toBeUndefined();
});

test('paths and methods that clients make up -> no more series', async () => {
  const call = async (from: number): Promise<number> => {
    for (let i = from; i < from + 20; i++) {
      await server.call(`GET /made/up/${i}`);
      await server.call(`GET /api/v1/things${i}`);
      await server.call(`GET /apis/group${i}.example.com/v1/things`);
      await server.call(`GET /api/v1/nodes/n/sub${i}`);
      await server.call(`GET /api/v1/nodes?dryRun=${i}`);
      await server.call(`BREW${i} /api/v1/nodes`);
    }
    return (await metrics()).size;
  };
  const before = await call(0);
  expect(await call(20)).toBe(before);
});
