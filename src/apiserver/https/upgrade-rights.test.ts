// What may be asked for by a request that would change the protocol? No more than by any other.

import { createServer, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergePatch } from '../testing.ts';
import { type HttpsTestServer, startHttpsTestServer, type TestIdentities, testIdentities } from './testing.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const core = '/api/v1/namespaces/default';
const jane = { 'impersonate-user': 'jane' };
let identities: TestIdentities;
let server: HttpsTestServer;
let pod: Server;
/** What has reached the pod. */
const seen: (string | undefined)[] = [];

beforeAll(async () => {
  identities = await testIdentities();
  server = await startHttpsTestServer(identities, { defaultRoles: true });
  pod = createServer((_request, response) => response.end('from the pod'));
  pod.on('upgrade', ({ method, url }, socket) => {
    seen.push(method);
    const status = url === '/plain' ? '200 OK' : '403 Refused';
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 6\r\n\r\nby pod`);
  });
  await new Promise<void>((resolve) => pod.listen(0, resolve));
  await server.create(`${core}/pods`, {
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  const status = { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
  await server.call(`PATCH ${core}/pods/web/status`, { status }, mergePatch);
  const reads = ['pods/proxy', 'nodes/proxy', 'pods/exec', 'pods/attach', 'pods/portforward', 'configmaps'];
  await server.create(`${rbac}/clusterroles`, {
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: reads, verbs: ['get', 'list', 'watch'] }],
  });
  await server.create(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'reader' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'reader' },
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  });
});
afterAll(async () => {
  await server.stop();
  pod.close();
});

/** The answer to a request that would change the protocol, of the administrator unless `headers` say otherwise. */
function ask(line: string, headers: Record<string, string> = {}, body?: string): Promise<[number, string]> {
  const [method = '', path = ''] = line.split(' ');
  const { ca, cert, key } = identities.admin;
  const offer = { connection: 'Upgrade', upgrade: 'websocket', ...headers };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${server.url}${path}`, { method, ca, cert, key, agent: false, headers: offer });
    request.once('response', (answer) => {
      text(answer).then((told) => resolve([answer.statusCode ?? 0, told]), reject);
    });
    request.once('error', reject);
    request.end(body);
  });
}

const podProxy = (): string => `${core}/pods/web:${(pod.address() as AddressInfo).port}/proxy/`;

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  '%s to a pod by one who may only read from it -> refused',
  async (method) => {
    seen.length = 0;
    const [status, told] = await ask(`${method} ${podProxy()}`, jane);
    expect([status, seen, told]).toEqual([403, [], expect.stringMatching(/cannot \w+ resource \\"pods\/proxy\\"/)]);
    await ask(`${method} ${podProxy()}`);
    expect(seen).toEqual([method]);
  },
);

test('GET from a pod by one who may read from it -> reaches it', async () => {
  seen.length = 0;
  expect(await ask(`GET ${podProxy()}`, jane)).toEqual([403, 'by pod']);
  expect(seen).toEqual(['GET']);
});

test('GET from a pod that answers without a change of protocol -> not passed on, as upstream does it', async () => {
  const [status, told] = await ask(`GET ${podProxy()}plain`);
  expect([status, told]).toEqual([500, expect.stringContaining('invalid upgrade response: status code 200')]);
});

test.each(['exec?command=x', 'attach?stdout=1', 'portforward?ports=80'])(
  '%s by one who may only read -> refused, with a stream or without one',
  async (verb) => {
    const [status, told] = await ask(`GET ${core}/pods/web/${verb}`, jane);
    expect([status, told]).toEqual([403, expect.stringContaining('"message":"pods \\"web\\" is forbidden: "')]);
    const user = { name: 'jane', groups: ['system:authenticated'] };
    expect((await server.call(`GET ${core}/pods/web/${verb}`, undefined, { user })).status).toBe(403);
  },
);

test('where there is no other protocol -> answered as if nobody had asked for it', async () => {
  expect(await ask('GET /healthz')).toEqual([200, 'ok']);
  expect((await ask(`GET ${core}/configmaps`, { upgrade: 'h2c' }))[0]).toBe(200);
  expect((await ask(`DELETE ${core}/configmaps/none`))[0]).toBe(404);
  expect((await ask(`DELETE ${core}/configmaps/none`, jane))[0]).toBe(403);
  const watch = `GET ${core}/configmaps?watch=true&timeoutSeconds=1`;
  expect((await ask(watch, { upgrade: 'h2c' }))[0]).toBe(200);
});

test('an answer of several MiB to such a request -> comes as a whole', async () => {
  const data = { text: 'x'.repeat(900_000) };
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
    await server.create(`${core}/configmaps`, { metadata: { name }, data });
  const [status, told] = await ask(`GET ${core}/configmaps`, jane);
  expect([status, (JSON.parse(told) as { items: unknown[] }).items.length]).toEqual([200, 6]);
});

test('such a request with a body -> refused: nobody has read it', async () => {
  const [status, told] = await ask(`POST ${core}/configmaps`, {}, '{}');
  expect([status, told]).toEqual([400, expect.stringContaining('a request with a body cannot change the protocol')]);
});
