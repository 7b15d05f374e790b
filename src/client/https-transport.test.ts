import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createAuthority, issueCertificate } from '../base/certificates.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom } from '../base/system-random.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { readLines, readText } from './body.ts';
import { httpsTransport } from './https-transport.ts';
import { UnreachableError } from './types.ts';

const signal = new AbortController().signal;
let serverIdentity: TlsIdentity;
let identity: TlsIdentity;

beforeAll(async () => {
  const options = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
  const authority = await createAuthority('test-ca', options);
  serverIdentity = await issueCertificate(
    authority,
    { commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    options,
  );
  identity = await issueCertificate(authority, { commonName: 'tester', usages: ['client'] }, options);
});

/** A server that repeats the request's body, or on a watch sends a line and then holds the stream. */
async function startServer(port = 0): Promise<{ http: Http2SecureServer; port: number; stop: () => void }> {
  const sessions = new Set<{ destroy: () => void }>();
  const http = createSecureServer({ ...serverIdentity, requestCert: true, rejectUnauthorized: true, allowHTTP1: true });
  http.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  http.on('sessionError', () => undefined);
  http.on('request', (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url.includes('watch=true')) response.write('{"line":1}\n');
    else request.pipe(response);
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const stop = (): void => {
    for (const session of sessions) session.destroy();
    http.close();
  };
  onTestFinished(stop);
  return { http, port: (http.address() as AddressInfo).port, stop };
}

/** A wire that can be made to swallow everything, as a partition does. */
async function startWire(target: number): Promise<{ port: number; freeze: () => void }> {
  const sockets = new Set<Socket>();
  const wire: Server = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    wire.close();
  });
  const freeze = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return { port: (wire.address() as AddressInfo).port, freeze };
}

function transportTo(...ports: number[]) {
  const [server = '', ...others] = ports.map((port) => `https://127.0.0.1:${port}`);
  const timing = { connectTimeoutMs: 500, pingIntervalMs: 100, pingTimeoutMs: 300 };
  const transport = httpsTransport({ server, others, identity, clock: systemClock, ...timing });
  onTestFinished(() => transport.close());
  return transport;
}

const echo = { method: 'POST', path: '/echo', headers: {}, body: new TextEncoder().encode('hello') } as const;
const watch = { method: 'GET', path: '/things?watch=true', headers: {} } as const;

test('request -> the answer, over mutual TLS', async () => {
  const { port } = await startServer();
  const { status, headers, body } = await transportTo(port).request(echo, signal);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/json');
  expect(await readText(body)).toBe('hello');
});

test('nobody listens -> UnreachableError; server comes -> answers', async () => {
  const { port, stop } = await startServer();
  stop();
  const transport = transportTo(port);
  await expect(transport.request(echo, signal)).rejects.toBeInstanceOf(UnreachableError);
  await startServer(port);
  expect((await transport.request(echo, signal)).status).toBe(200);
});

test('server dies during a watch -> the stream breaks off with UnreachableError, and the next request connects anew', async () => {
  const { port, stop } = await startServer();
  const transport = transportTo(port);
  const { body } = await transport.request(watch, signal);
  const lines = readLines(body);
  expect((await lines.next()).value).toBe('{"line":1}');
  const next = lines.next();
  stop();
  await expect(next).rejects.toBeInstanceOf(UnreachableError);
  await startServer(port);
  expect((await transport.request(watch, signal)).status).toBe(200);
});

test('wire goes silent -> the watch ends within ping interval and timeout', async () => {
  const { port } = await startServer();
  const wire = await startWire(port);
  const lines = readLines((await transportTo(wire.port).request(watch, signal)).body);
  await lines.next();
  const next = lines.next();
  const startMs = systemClock.monotonic();
  wire.freeze();
  await expect(next).rejects.toBeInstanceOf(UnreachableError);
  expect(systemClock.monotonic() - startMs).toBeLessThan(2_000);
});

test('one of several servers is gone -> the next one answers, and goes on doing so', async () => {
  const [first, second] = [await startServer(), await startServer()];
  const transport = transportTo(first.port, second.port);
  expect((await transport.request(echo, signal)).status).toBe(200);
  const watching = await transport.request(watch, signal);
  first.stop();
  await expect(readText(watching.body)).rejects.toBeInstanceOf(UnreachableError);
  const asked = once(second.http, 'request');
  expect((await transport.request(echo, signal)).status).toBe(200);
  await asked;
});

test('one of several servers falls silent during a watch -> the next watch is at another one', async () => {
  const [first, second] = [await startServer(), await startServer()];
  const wire = await startWire(first.port);
  const transport = transportTo(wire.port, second.port);
  const lines = readLines((await transport.request(watch, signal)).body);
  await lines.next();
  const next = lines.next();
  wire.freeze();
  await expect(next).rejects.toBeInstanceOf(UnreachableError);
  const asked = once(second.http, 'request');
  expect((await transport.request(watch, signal)).status).toBe(200);
  await asked;
});

test('none of several servers can be reached -> UnreachableError that names them', async () => {
  const [first, second] = [await startServer(), await startServer()];
  first.stop();
  second.stop();
  const failed = transportTo(first.port, second.port).request(echo, signal);
  await expect(failed).rejects.toThrow(
    `Cannot connect to https://127.0.0.1:${first.port}, https://127.0.0.1:${second.port}`,
  );
});

test('abort during a watch -> rejects with the reason', async () => {
  const { port } = await startServer();
  const stop = new AbortController();
  const lines = readLines((await transportTo(port).request(watch, stop.signal)).body);
  await lines.next();
  const next = lines.next();
  stop.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
});

test.each<{ name: string; status: unknown; want: unknown }>([
  {
    name: 'command succeeds -> its output',
    status: { status: 'Success' },
    want: { exitCode: 0, stdout: 'out', stderr: 'err' },
  },
  {
    name: 'command fails -> its exit code',
    status: {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    },
    want: { exitCode: 3, stdout: 'out', stderr: 'err' },
  },
  {
    name: 'command could not be run -> StatusError',
    status: { status: 'Failure', reason: 'InternalError', code: 500, message: 'no such file' },
    want: { reason: 'InternalError' },
  },
  { name: 'stream ends without a status -> UnreachableError', status: undefined, want: { name: 'UnreachableError' } },
])('exec: $name', async ({ status, want }) => {
  const { http, port } = await startServer();
  const sockets = new WebSocketServer({ server: http as unknown as never });
  sockets.on('connection', (socket) => {
    const send = (channel: number, text: string): void =>
      socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
    send(1, 'out');
    send(2, 'err');
    if (status) send(3, JSON.stringify(status));
    socket.close();
  });
  const result = await transportTo(port)
    .exec('/exec?command=ls', signal)
    .catch((error: unknown) => error);
  expect(result).toMatchObject(want as object);
});
