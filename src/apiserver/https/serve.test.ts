// Is the API what HTTP clients expect? With real sockets, both protocols, and real certificates.

import { type ClientHttp2Session, connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { silentLogger } from '../../base/log.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import { serveHttps } from './serve.ts';
import {
  createPodOnNode,
  type FakeAgent,
  type HttpsTestServer,
  startFakeAgent,
  startHttpsTestServer,
  type TestIdentities,
  testIdentities,
} from './testing.ts';

let identities: TestIdentities;
let server: HttpsTestServer;
let agent: FakeAgent;
beforeAll(async () => {
  identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  agent = await startFakeAgent(identities);
  await createPodOnNode(server, agent.port);
});
afterAll(async () => {
  await server.stop();
  await agent.stop();
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

function http1(tls: Partial<TlsIdentity>, { method = 'GET', path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { ca } = identities.server;
    const request = httpsRequest(
      { host: '127.0.0.1', port: server.port, ...tls, ca, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function http2(tls: TlsIdentity, { method = 'GET', path, headers, body }: Sent): Promise<Answer> {
  const session = connect(server.url, tls);
  try {
    return await stream(session, { method, path, ...(headers && { headers }), ...(body !== undefined && { body }) });
  } finally {
    session.close();
  }
}

function stream(session: ClientHttp2Session, { method = 'GET', path, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = session.request({ ':method': method, ':path': path, ...headers });
    session.on('error', reject);
    request.on('error', reject);
    request.on('response', (answered) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () =>
        resolve({ status: answered[':status'] ?? 0, headers: answered, body: Buffer.concat(chunks) }),
      );
    });
    request.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const configMaps = '/api/v1/namespaces/default/configmaps';

test.each([
  { name: 'HTTP/1.1', send: http1 },
  { name: 'HTTP/2', send: http2 },
])('$name: create, get, delete -> as in process', async ({ name, send }) => {
  const key = name.replace(/\W/g, '').toLowerCase();
  const body = JSON.stringify({ metadata: { name: key }, data: { a: '1' } });
  const created = await send(identities.admin, { method: 'POST', path: configMaps, headers: json, body });
  expect(created.status).toBe(201);
  const read = await send(identities.admin, { path: `${configMaps}/${key}` });
  expect(JSON.parse(read.body.toString())).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } });
  expect(read.headers['content-length']).toBe(String(read.body.byteLength));
  expect((await send(identities.admin, { method: 'DELETE', path: `${configMaps}/${key}` })).status).toBe(200);
});

test.each<{ name: string; tls: () => Partial<TlsIdentity>; path: string; status: number }>([
  { name: 'no certificate, an object -> Unauthorized', tls: () => ({}), path: '/api/v1/nodes', status: 401 },
  { name: 'no certificate, health -> ok', tls: () => ({}), path: '/readyz', status: 200 },
  {
    name: "another authority's certificate -> Unauthorized",
    tls: () => identities.forged,
    path: '/api/v1/nodes',
    status: 401,
  },
  {
    name: "a node's certificate, another node's pods -> Forbidden",
    tls: () => identities.node,
    path: '/api/v1/pods',
    status: 403,
  },
  {
    name: "a node's certificate, its own pods -> ok",
    tls: () => identities.node,
    path: '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1',
    status: 200,
  },
])('$name', async ({ tls, path, status }) => {
  const answer = await http1(tls(), { path });
  expect(answer.status).toBe(status);
});

test.each([
  { name: 'HTTP/1.1', send: http1 },
  { name: 'HTTP/2', send: http2 },
])('$name: a warning with letters beyond ASCII -> they arrive as UTF-8', async ({ send }) => {
  const body = JSON.stringify({ metadata: { name: 'letters' }, données: '€' });
  const answer = await send(identities.admin, {
    method: 'POST',
    path: `${configMaps}?dryRun=All`,
    headers: json,
    body,
  });
  expect(answer.status).toBe(201);
  expect(Buffer.from(String(answer.headers['warning']), 'latin1').toString()).toBe(
    '299 - "unknown field \\"données\\""',
  );
});

test('a body over 3 MiB -> RequestEntityTooLarge', async () => {
  const answer = await http2(identities.admin, {
    method: 'POST',
    path: configMaps,
    headers: json,
    body: Buffer.alloc(3 * 1024 * 1024 + 1, 97),
  });
  expect(answer.status).toBe(413);
});

test('a large list -> compressed if the client accepts it', async () => {
  const data = { text: 'x'.repeat(200_000) };
  await server.call(`POST ${configMaps}`, { metadata: { name: 'large' }, data });
  const plain = await http2(identities.admin, { path: configMaps });
  const zipped = await http2(identities.admin, { path: configMaps, headers: { 'accept-encoding': 'gzip' } });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(gunzipSync(zipped.body).toString()).items).toEqual(JSON.parse(plain.body.toString()).items);
  await server.call(`DELETE ${configMaps}/large`);
});

test('a watch -> head at once, events as they come, and the watcher goes with its client', async () => {
  const session = connect(server.url, identities.admin);
  const request = session.request({
    ':path': `${configMaps}?watch=true&resourceVersion=${server.store.currentRevision()}`,
  });
  const head = new Promise<number>((resolve) => request.on('response', (headers) => resolve(headers[':status'] ?? 0)));
  expect(await head).toBe(200);
  const event = new Promise<string>((resolve) => request.on('data', (chunk: Buffer) => resolve(chunk.toString())));
  await server.call(`POST ${configMaps}`, { metadata: { name: 'seen' } });
  expect(JSON.parse(await event)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'seen' } } });
  session.destroy();
  await server.call(`DELETE ${configMaps}/seen`);
});

test('a port in use -> an error that names it', async () => {
  const { apiServer, port } = server;
  const listen = [{ host: '127.0.0.1', port }];
  const options = { apiServer, listen, tls: identities.server, log: silentLogger };
  await expect(serveHttps(options, new AbortController().signal)).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port}: the port is in use`,
  );
});

test('stop -> watches end properly, and every connection closes', async () => {
  const { apiServer } = server;
  const stopping = new AbortController();
  const listen = [{ host: '127.0.0.1', port: 0 }];
  const { addresses, closed } = await serveHttps(
    { apiServer, listen, tls: identities.server, log: silentLogger },
    stopping.signal,
  );
  const session = connect(`https://127.0.0.1:${addresses[0]?.port}`, identities.admin);
  const request = session.request({
    ':path': `${configMaps}?watch=true&resourceVersion=${server.store.currentRevision()}`,
  });
  await new Promise((resolve) => request.on('response', resolve));
  const ended = new Promise((resolve) => request.on('close', resolve));
  request.resume();
  session.on('error', () => {});
  stopping.abort();
  await Promise.all([closed, ended]);
});

const exec = '/api/v1/namespaces/default/pods/web-0/exec?container=app&stdout=true&stdin=true';

/** Runs an exec stream to its end; sends `input` and then closes its side. */
function runExec(
  tls: TlsIdentity,
  { path, input, protocol = 'v5.channel.k8s.io' }: { path: string; input?: string; protocol?: string },
) {
  return new Promise<{ protocol: string; frames: string[] }>((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, protocol, { ...tls });
    const frames: string[] = [];
    socket.on('open', () => {
      if (input === undefined) return;
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(input)]));
      socket.send(Buffer.from([255, 0]));
    });
    socket.on('message', (data: Buffer) => frames.push(`${data[0]}:${data.subarray(1).toString()}`));
    socket.on('close', () => resolve({ protocol: socket.protocol, frames }));
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        reject(Object.assign(new Error(Buffer.concat(chunks).toString()), { status: response.statusCode })),
      );
    });
    socket.on('error', reject);
  });
}

test('exec -> frames go both ways, with the subprotocol of both sides', async () => {
  const { protocol, frames } = await runExec(identities.admin, {
    path: `${exec}&command=cat&command=a%20b`,
    input: 'hello',
  });
  expect(protocol).toBe('v5.channel.k8s.io');
  expect(frames).toEqual(['1:ran cat a b\n', '1:hello', '3:{"status":"Success"}']);
  expect(agent.paths).toContain('/exec/default/web-0/app?input=1&output=1&command=cat&command=a+b');
});

test.each<{ name: string; tls: () => TlsIdentity; path: string; protocol?: string; status: number; message: RegExp }>([
  {
    name: 'unknown pod -> NotFound',
    tls: () => identities.admin,
    path: '/api/v1/namespaces/default/pods/nope/exec?command=x',
    status: 404,
    message: /pods \\"nope\\" not found/,
  },
  {
    name: 'unknown container -> BadRequest',
    tls: () => identities.admin,
    path: '/api/v1/namespaces/default/pods/web-0/exec?command=x&container=z',
    status: 400,
    message: /container z is not valid for pod web-0/,
  },
  {
    name: 'a node -> Forbidden',
    tls: () => identities.node,
    path: `${exec}&command=x`,
    status: 403,
    message: /cannot get resource \\"pods\/exec\\"/,
  },
  {
    name: 'unknown subprotocol -> BadRequest',
    tls: () => identities.admin,
    path: `${exec}&command=x`,
    protocol: 'v1.x',
    status: 400,
    message: /unable to upgrade/,
  },
])('exec: $name, as a Status before the upgrade', async ({ tls, path, protocol, status, message }) => {
  const failed = await runExec(tls(), { path, ...(protocol && { protocol }) }).catch(
    (error: Error & { status?: number }) => error,
  );
  expect(failed).toMatchObject({ status, message: expect.stringMatching(message) });
});

test('watch over a WebSocket -> one event to a message, until the client leaves', async () => {
  const made = await server.create(configMaps, { metadata: { name: 'before' } });
  const from = made.metadata.resourceVersion;
  const socket = new WebSocket(
    `${server.url.replace('https', 'wss')}${configMaps}?watch=true&resourceVersion=${from}`,
    { ...identities.admin },
  );
  const events: { type: string; object: { metadata: { name: string } } }[] = [];
  const three = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(false);
      events.push(JSON.parse(String(data)));
      if (events.length === 3) resolve();
    });
  });
  await new Promise((resolve) => socket.once('open', resolve));
  await server.create(configMaps, { metadata: { name: 'one' } });
  await server.create(configMaps, { metadata: { name: 'two' } });
  await server.call(`DELETE ${configMaps}/one`);
  await three;
  expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED one',
    'ADDED two',
    'DELETED one',
  ]);
  socket.close();
  await new Promise((resolve) => socket.once('close', resolve));
});

test.each([
  {
    name: 'a node that may not',
    tls: () => identities.node,
    query: '?watch=true',
    status: 403,
    message: /cannot watch resource/,
  },
  {
    name: 'a revision that is none',
    tls: () => identities.admin,
    query: '?watch=true&resourceVersion=x',
    status: 400,
    message: /resourceVersion/,
  },
  { name: 'a list', tls: () => identities.admin, query: '', status: 200, message: /ConfigMapList/ },
])('watch over a WebSocket: $name -> an answer without an upgrade', async ({ tls, query, status, message }) => {
  const failed = await runExec(tls(), { path: `${configMaps}${query}` }).catch((error: Error) => error);
  expect(failed).toMatchObject({ status, message: expect.stringMatching(message) });
});

test('log -> the text of the agent; its refusal as a Status', async () => {
  const path = '/api/v1/namespaces/default/pods/web-0/log?tailLines=5&follow=true';
  const answer = await http2(identities.admin, { path });
  expect(answer.body.toString()).toBe('line 1\nline 2\n');
  expect(agent.paths).toContain('/containerLogs/default/web-0/app?follow=true&tailLines=5');
});
