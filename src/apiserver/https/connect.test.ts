// What goes through the server to agents and pods: proxied requests, and what the audit log and the metrics tell of streams.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { AuditPolicy } from '../audit/policy.ts';
import { addressOf } from '../kubelet/proxy.ts';
import { mergePatch } from '../testing.ts';
import {
  createPodOnNode,
  type FakeAgent,
  type HttpsTestServer,
  startFakeAgent,
  startHttpsTestServer,
  type TestIdentities,
  testIdentities,
} from './testing.ts';

interface AuditEvent {
  stage: string;
  verb: string;
  objectRef: { resource?: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code: number; message?: string };
  sourceIPs: string[];
}

let identities: TestIdentities;
let server: HttpsTestServer;
let agent: FakeAgent;
let service: Server;
const events: AuditEvent[] = [];
const policy: AuditPolicy = {
  rules: [{ level: 'Metadata', resources: [{ group: '', resources: ['pods/*', 'nodes/*', 'services/*'] }] }],
};

const linked = '<a href="/x">x</a><script>"/y"</script>';
/** What the pod answers where it does not say what it was asked. */
const pages: Record<string, { status?: number; headers: Record<string, string>; body: string | Uint8Array }> = {
  '/page': {
    headers: { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*' },
    body: linked,
  },
  '/zipped': { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: gzipSync(linked) },
  '/deflated': {
    headers: { 'content-type': 'text/html', 'content-encoding': 'deflate' },
    body: deflateRawSync(linked),
  },
  '/packed': { headers: { 'content-type': 'text/html', 'content-encoding': 'br' }, body: linked },
  '/broken': { headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' }, body: 'no gzip' },
  '/text': { headers: { 'content-type': 'text/plain' }, body: linked },
  '/moved': { status: 302, headers: { location: '/there?a=b' }, body: '' },
};

beforeAll(async () => {
  identities = await testIdentities();
  const sink = { write: (event: object) => void events.push(event as AuditEvent) };
  server = await startHttpsTestServer(identities, { audit: { policy: () => policy, sink } });
  agent = await startFakeAgent(identities);
  await createPodOnNode(server, agent.port);
  // Says what it was asked.
  service = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const { method, url, headers } = request;
    const found = pages[url ?? ''];
    if (found) {
      response.writeHead(found.status ?? 200, found.headers).end(found.body);
      return;
    }
    response
      .writeHead(201, { 'x-from': 'pod', connection: 'close' })
      .end(JSON.stringify({ method, url, headers, body }));
  });
  await new Promise<void>((resolve) => service.listen(0, resolve));
  await server.call(
    'PATCH /api/v1/namespaces/default/pods/web-0/status',
    { status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } },
    mergePatch,
  );
});
afterAll(async () => {
  await server.stop();
  await agent.stop();
  await new Promise((resolve) => service.close(resolve));
});
beforeEach(() => {
  events.length = 0;
});

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

async function send(path: string, { method = 'GET', headers = {}, body = '' }: Sent = {}, tls = identities.admin) {
  const session = connect(server.url, tls);
  try {
    const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === '' });
    const head = new Promise<Record<string, unknown>>((resolve) => stream.on('response', resolve));
    if (body !== '') stream.end(body);
    const bytes = await buffer(stream);
    const answered = await head;
    return { status: Number(answered[':status']), headers: answered, text: bytes.toString(), bytes };
  } finally {
    session.close();
  }
}

const podPort = (): number => (service.address() as AddressInfo).port;
const pods = '/api/v1/namespaces/default/pods';

test('nodes/proxy -> the agent, with the path and query as they were sent', async () => {
  const answer = await send('/api/v1/nodes/node-1/proxy/stats/summary?a=1&b=%20');
  expect([answer.status, answer.text]).toEqual([200, 'line 1\nline 2\n']);
  expect(agent.paths.at(-1)).toBe('/stats/summary?a=1&b=%20');
  const named = await send(`/api/v1/nodes/https:node-1:${agent.port}/proxy/`);
  expect([named.status, agent.paths.at(-1)]).toEqual([200, '/']);
});

test('pods/proxy -> method, headers and body reach the pod, and its answer the client; credentials do not', async () => {
  const headers = { 'x-mine': '1', authorization: 'Bearer secret', 'content-type': 'text/x', te: 'trailers' };
  const path = `${pods}/web-0:${podPort()}/proxy/a%2Fb//c/?q=1`;
  const answer = await send(path, { method: 'PATCH', headers, body: 'hello' });
  expect([answer.status, answer.headers['x-from'], answer.headers['connection']]).toEqual([201, 'pod', undefined]);
  const seen = JSON.parse(answer.text) as {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string;
  };
  expect(seen).toMatchObject({ method: 'PATCH', url: '/a%2Fb//c/?q=1', body: 'hello' });
  expect(seen.headers).toMatchObject({ 'x-mine': '1', 'content-type': 'text/x', 'x-forwarded-for': '127.0.0.1' });
  expect(seen.headers['authorization']).toBeUndefined();
});

test.each([
  { path: '/page', read: String },
  { path: '/zipped', read: (bytes: Buffer) => gunzipSync(bytes).toString() },
  { path: '/deflated', read: (bytes: Buffer) => inflateRawSync(bytes).toString() },
])('pods/proxy: an HTML page at $path -> its links lead through the proxy', async ({ path, read }) => {
  const proxy = `${pods}/web-0:${podPort()}/proxy`;
  const answer = await send(`${proxy}${path}`);
  expect(answer.status).toBe(200);
  expect(read(answer.bytes)).toBe(linked.replace('/x', `${proxy}/x`));
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test.each(['/text', '/packed'])('pods/proxy: %s -> passed on as it is', async (path) => {
  expect((await send(`${pods}/web-0:${podPort()}/proxy${path}`)).text).toBe(linked);
});

test('pods/proxy: a page that is not what it says, a redirection, the host that was asked', async () => {
  const proxy = `${pods}/web-0:${podPort()}/proxy`;
  expect((await send(`${proxy}/broken`)).status).toBe(503);
  const moved = await send(`${proxy}/moved`);
  expect([moved.status, moved.headers['location']]).toEqual([302, `${proxy}/there?a=b`]);
  const { headers } = JSON.parse((await send(`${proxy}/asked/`)).text) as { headers: Record<string, string> };
  expect(headers).toMatchObject({ host: new URL(server.url).host, 'x-forwarded-uri': `${proxy}/asked/` });
});

test('pods/proxy without a slash -> sent there, so that relative links hold', async () => {
  const answer = await send(`${pods}/web-0:${podPort()}/proxy?q=1`);
  expect([answer.status, answer.headers['location']]).toEqual([301, `${pods}/web-0:${podPort()}/proxy/?q=1`]);
});

const services = '/api/v1/namespaces/default/services';
/** Endpoints are no loopback addresses. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

async function createService(): Promise<void> {
  const ports = [{ name: 'web', port: 80, targetPort: podPort() }];
  await server.call(`POST ${services}`, { metadata: { name: 'shop' }, spec: { ports } });
  await server.call('POST /apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'shop-1', labels: { 'kubernetes.io/service-name': 'shop' } },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['192.0.2.99'], conditions: { ready: false } },
      { addresses: [ownAddress ?? ''], conditions: { ready: true } },
    ],
    ports: [{ name: 'web', port: podPort() }],
  });
}

test.skipIf(!ownAddress).each(['shop:web', 'shop:80', 'http:shop:web'])(
  'services/proxy to %s -> a ready endpoint',
  async (name) => {
    await createService();
    const answer = await send(`${services}/${name}/proxy/a?b=c`);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([201, { method: 'GET', url: '/a?b=c' }]);
    expect(events.at(-1)).toMatchObject({
      verb: 'get',
      objectRef: { subresource: 'proxy' },
      responseStatus: { code: 201 },
    });
  },
);

test.each([
  ['pods', (): string => `${pods}/web-0:${podPort()}`],
  ['services', (): string => `${services}/shop:web`],
])('%s/proxy -> a WebSocket goes through, both ways', async (_what, place) => {
  await createService();
  const echo = new WebSocketServer({ noServer: true });
  const urls: (string | undefined)[] = [];
  service.once('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const { authorization, host, 'x-forwarded-for': askers, 'x-remote-user': claimed } = request.headers;
    urls.push(request.url, authorization, host, askers as string, claimed as string);
    echo.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data: Buffer) => webSocket.send(`got ${data.toString()}`));
    });
  });
  const client = new WebSocket(`${server.url.replace('https', 'wss')}${place()}/proxy/chat?room=1`, ['chat'], {
    ...identities.admin,
    headers: { 'x-forwarded-for': '192.0.2.7', 'x-remote-user': 'root' },
  });
  await once(client, 'open');
  client.send('hello');
  const [data] = (await once(client, 'message')) as [Buffer];
  expect([data.toString(), client.protocol]).toEqual(['got hello', 'chat']);
  const { host } = new URL(server.url);
  expect(urls).toEqual(['/chat?room=1', undefined, host, '192.0.2.7, 127.0.0.1', undefined]);
  client.close();
  await once(client, 'close');
  echo.close();
});

test('a WebSocket that nobody takes -> what was answered', async () => {
  const client = new WebSocket(`${server.url.replace('https', 'wss')}${pods}/web-0:1/proxy/`, [], identities.admin);
  const [, answer] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
  expect([answer.statusCode, await buffer(answer).then(String)]).toEqual([
    503,
    expect.stringContaining('error trying to reach service: connect ECONNREFUSED 127.0.0.1:1'),
  ]);
  client.on('error', () => {});
  client.terminate();
});

test.each<{ name: string; path: string; tls?: () => typeof identities.admin; status: number; message: string }>([
  { name: 'no such service', path: `${services}/none/proxy/`, status: 404, message: 'services "none" not found' },
  {
    name: 'no such port',
    path: `${services}/shop:81/proxy/`,
    status: 503,
    message: 'no service port 81 found for service "shop"',
  },
  {
    name: 'a port without a name',
    path: `${services}/shop/proxy/`,
    status: 503,
    message: 'no endpoints available for service "shop"',
  },
  {
    name: 'a service of another scheme',
    path: `${services}/ftp:shop:80/proxy/`,
    status: 400,
    message: 'invalid service request "ftp:shop:80"',
  },
  { name: 'no such node', path: '/api/v1/nodes/none/proxy/', status: 404, message: 'nodes "none" not found' },
  { name: 'no such pod', path: `${pods}/none/proxy/`, status: 404, message: 'pods "none" not found' },
  { name: 'a scheme that is none', path: `${pods}/ftp:web-0:21/proxy/`, status: 400, message: 'invalid node request' },
  { name: 'nobody listens', path: `${pods}/web-0:1/proxy/`, status: 503, message: 'error trying to reach service: ' },
  {
    name: 'who may not',
    path: '/api/v1/nodes/node-1/proxy/stats/summary',
    tls: () => identities.node,
    status: 403,
    message: 'cannot get resource "nodes/proxy"',
  },
])('proxy: $name -> refused', async ({ path, tls, status, message }) => {
  const answer = await send(path, {}, tls?.());
  expect([answer.status, (JSON.parse(answer.text) as { message: string }).message]).toEqual([
    status,
    expect.stringContaining(message),
  ]);
});

test.each([
  { text: 'web-0', want: { scheme: '', name: 'web-0', port: undefined } },
  { text: 'web-0:80', want: { scheme: '', name: 'web-0', port: 80 } },
  { text: 'https:web-0:', want: { scheme: 'https', name: 'web-0', port: undefined } },
  { text: 'http:web-0:8080', want: { scheme: 'http', name: 'web-0', port: 8080 } },
])('the address $text', ({ text, want }) => {
  expect(addressOf(text)).toEqual(want);
});
test.each(['', ':80', 'a:b', 'a:70000', 'x:web-0:1', 'https:a:b', 'a:1:2'])('%j is no address', (text) => {
  expect(() => addressOf(text)).toThrow('invalid node request');
});

function exec(path: string, tls = identities.admin, protocol = 'v5.channel.k8s.io'): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, protocol, { ...tls });
    socket.on('close', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => {});
  });
}

const heard = (): unknown[] => events.map(({ stage, responseStatus }) => [stage, responseStatus?.code]);
const longRunning = async (subresource: string): Promise<string[]> => {
  const { json } = await server.call('GET /metrics');
  const lines = String(json['text']).match(/^apiserver_longrunning_requests\{.*$/gm) ?? [];
  return lines.filter((line) => line.includes(`subresource="${subresource}"`));
};

test.each([
  { subresource: 'exec', query: 'command=true&stdout=1', protocol: 'v5.channel.k8s.io' },
  { subresource: 'attach', query: 'stdout=1', protocol: 'v5.channel.k8s.io' },
  { subresource: 'portforward', query: 'ports=80', protocol: 'v4.channel.k8s.io' },
])('audit: a stream of $subresource -> begin and end, with where it came from', async (row) => {
  const { subresource, query, protocol } = row;
  expect(await exec(`${pods}/web-0/${subresource}?${query}`, identities.admin, protocol)).toBe(101);
  await expect.poll(heard).toEqual([
    ['RequestReceived', undefined],
    ['ResponseStarted', 101],
    ['ResponseComplete', 101],
  ]);
  expect(events[0]).toMatchObject({
    verb: 'get',
    objectRef: { resource: 'pods', namespace: 'default', name: 'web-0', subresource },
    sourceIPs: ['127.0.0.1'],
  });
  expect(await longRunning(subresource)).toEqual([expect.stringMatching(/verb="CONNECT".* 0$/)]);
});

test.each([
  { name: 'a pod that is not there', path: '/none/exec?command=x', tls: () => identities.admin, code: 404 },
  { name: 'a user who may not', path: '/web-0/exec?command=x', tls: () => identities.node, code: 403 },
  {
    name: 'a container that is not ready',
    path: '/web-0/exec?command=x&container=no',
    tls: () => identities.admin,
    code: 400,
  },
  { name: 'no stream at all', path: '/web-0/status', tls: () => identities.admin, code: 200 },
])('audit: $name -> one answer', async ({ path, tls, code }) => {
  expect(await exec(`${pods}${path}`, tls())).toBe(code);
  expect(heard()).toEqual([
    ['RequestReceived', undefined],
    ['ResponseComplete', code],
  ]);
});

test('audit: proxies on the way -> their word first, what the server saw last', async () => {
  const headers = { 'x-forwarded-for': '10.0.0.1, nonsense', 'x-real-ip': '10.0.0.9' };
  await send('/api/v1/nodes/node-1/proxy/', { headers });
  expect(events[0]?.sourceIPs).toEqual(['10.0.0.1', '10.0.0.9', '127.0.0.1']);
});
