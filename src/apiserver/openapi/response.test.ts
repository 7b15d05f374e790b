import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpDate } from '../../base/clock.ts';
import { systemClock } from '../../base/system-clock.ts';
import { crdPath, establish, until, widgetDefinition } from '../customresources/testing.ts';
import { startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const urlOf = async (key: string): Promise<string> => {
  const { json } = await server.call('GET /openapi/v3');
  return (json['paths'] as Record<string, { serverRelativeURL: string }>)[key]?.serverRelativeURL ?? '';
};

test('the index -> an address per group version, whose answer may be kept for good', async () => {
  const url = await urlOf('apis/batch/v1');
  expect(url).toMatch(/^\/openapi\/v3\/apis\/batch\/v1\?hash=[0-9A-F]{128}$/);
  const { status, headers } = await server.call(`GET ${url}`);
  expect([status, headers['cache-control'], headers['etag']]).toEqual([
    200,
    'public, immutable',
    `"${url.slice(url.indexOf('=') + 1)}"`,
  ]);
});

test('an address without the hash, or with an old one -> asked for again each time', async () => {
  for (const url of ['/openapi/v3/apis/batch/v1', '/openapi/v3/apis/batch/v1?hash=OLD']) {
    expect((await server.call(`GET ${url}`)).headers['cache-control']).toBe('no-cache, private');
  }
});

test('a client that has the document -> 304', async () => {
  const { headers } = await server.call('GET /openapi/v3/apis/batch/v1');
  const request = {
    method: 'GET',
    path: '/openapi/v3/apis/batch/v1',
    headers: { accept: 'application/json', 'if-none-match': headers['etag'] ?? '' },
    body: undefined,
    user: { name: 'a', groups: ['system:masters'] },
  };
  const answer = await server.apiServer.handle(request, new AbortController());
  expect(answer.status).toBe(304);
});

test('a group that comes or goes within a second -> whoever has the index of that second gets the new one', async () => {
  const moment = systemClock.now();
  const stopped = await startTestServer({ clock: { ...systemClock, now: () => moment } });
  try {
    const keys = async (headers: Record<string, string>): Promise<string[]> => {
      const { json, status } = await stopped.call('GET /openapi/v3', undefined, { headers });
      expect(status).toBe(200);
      return Object.keys(json['paths'] as object);
    };
    const known = { 'if-modified-since': httpDate(moment) };
    expect(await keys({})).not.toContain('apis/example.com/v1');
    await establish(stopped, widgetDefinition());
    expect(await keys(known)).toContain('apis/example.com/v1');
    await stopped.call(`DELETE ${crdPath}/widgets.example.com`);
    await until(async () => !(await keys(known)).includes('apis/example.com/v1'));
  } finally {
    await stopped.stop();
  }
});

test.each([
  {
    name: 'no such group version -> not found',
    path: '/openapi/v3/apis/none/v1',
    accept: 'application/json',
    want: 404,
  },
  {
    name: 'protobuf and nothing else -> not acceptable',
    path: '/openapi/v3',
    accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf',
    want: 406,
  },
])('$name', async ({ path, accept, want }) => {
  expect((await server.call(`GET ${path}`, undefined, { accept })).status).toBe(want);
});

test('custom resources -> no strategic merge patch, a list schema of their own', async () => {
  const { json } = await server.call(`GET ${await urlOf('apis/snapshot.storage.k8s.io/v1')}`);
  const { paths, components } = json as unknown as {
    paths: Record<string, { patch: { requestBody: { content: object } } }>;
    components: { schemas: Record<string, object> };
  };
  const item = paths['/apis/snapshot.storage.k8s.io/v1/namespaces/{namespace}/volumesnapshots/{name}'];
  expect(Object.keys(item?.patch.requestBody.content ?? {})).not.toContain('application/strategic-merge-patch+json');
  expect(components.schemas['io.k8s.snapshot.storage.v1.VolumeSnapshotList']).toMatchObject({
    'x-kubernetes-group-version-kind': [{ kind: 'VolumeSnapshotList' }],
  });
});

test('what is only created -> has only that operation', async () => {
  const { json } = await server.call(`GET ${await urlOf('apis/authentication.k8s.io/v1')}`);
  const paths = json['paths'] as Record<string, object>;
  expect(Object.entries(paths).map(([path, item]) => [path, Object.keys(item)])).toEqual([
    ['/apis/authentication.k8s.io/v1/tokenreviews', ['post', 'parameters']],
    ['/apis/authentication.k8s.io/v1/selfsubjectreviews', ['post', 'parameters']],
  ]);
});
