// What do clients that misbehave cost? Nothing that lasts.

import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLogger as log } from '../../base/log.ts';
import { pollUntil } from '../../base/poll.ts';
import { systemClock as clock } from '../../base/system-clock.ts';
import { configMap, paths, startTestServer, type TestServer } from '../testing.ts';
import { serveHttps } from './serve.ts';
import { type TestIdentities, testIdentities } from './testing.ts';

let identities: TestIdentities;
let server: TestServer;
let port: number;
let stopping: AbortController;
let closed: Promise<void>;

beforeAll(async () => {
  identities = await testIdentities();
});
beforeEach(async () => {
  server = await startTestServer({ watchBufferBytesMax: 200_000 });
  stopping = new AbortController();
  const listen = [{ host: '127.0.0.1', port: 0 }];
  const options = { apiServer: server.apiServer, listen, tls: identities.server, log, bodyTimeoutMs: 300 };
  const serving = await serveHttps(options, stopping.signal);
  port = serving.addresses[0]?.port ?? 0;
  closed = serving.closed;
});
afterEach(async () => {
  stopping.abort();
  await closed;
  await server.stop();
});
const sessions: ClientHttp2Session[] = [];
afterAll(() => {
  for (const session of sessions) session.destroy();
});

function session(tls: { ca: string } = identities.admin): ClientHttp2Session {
  const opened = connect(`https://127.0.0.1:${port}`, tls);
  opened.on('error', () => {});
  sessions.push(opened);
  return opened;
}

const patient = { clock, signal: new AbortController().signal, intervalMs: 10 };

test('a watcher that never reads -> closed when more is unsent than it may lag behind; others get everything', async () => {
  const path = `${paths.configMaps}?watch=true&resourceVersion=${server.store.currentRevision()}`;
  const deaf = session().request({ ':path': path });
  deaf.on('error', () => {});
  await once(deaf, 'response');
  deaf.pause();
  const ended = new Promise((resolve) => deaf.once('close', resolve));
  const attentive = session().request({ ':path': path });
  let text = '';
  attentive.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  await once(attentive, 'response');
  const count = 60;
  for (let i = 0; i < count; i++) {
    const object = { ...configMap(`big-${i}`), data: { a: 'x'.repeat(20_000) } };
    await server.create(paths.configMaps, object);
    // The one that reads is not to lag behind, however slow the machine is.
    await pollUntil(() => Promise.resolve(text.split('\n').length > i + 1), patient);
  }
  expect(text.split('\n').filter((line) => line.startsWith('{"type":"ADDED"'))).toHaveLength(count);
  const terminated = async (): Promise<boolean> => {
    const metrics = await server.call('GET /metrics');
    return String(metrics.json['text']).includes(
      'apiserver_terminated_watchers_total{group="",resource="configmaps"} 1',
    );
  };
  await pollUntil(terminated, patient);
  await ended;
  expect(deaf.rstCode).not.toBe(0);
});

test('a client that offers every cipher -> the one that costs least where processors have AES', async () => {
  const socket = connectTls({ port, host: '127.0.0.1', ...identities.admin, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  expect(socket.getCipher()).toMatchObject({ name: 'TLS_AES_128_GCM_SHA256', version: 'TLSv1.3' });
  socket.destroy();
});

test('a body that does not come -> given up in time, and the connection goes on', async () => {
  const slow = session();
  const request = slow.request({ ':method': 'POST', ':path': paths.configMaps, 'content-type': 'application/json' });
  request.on('error', () => {});
  request.write('{"metadata":');
  await new Promise((resolve) => request.once('close', resolve));
  expect(request.rstCode).not.toBe(0);
  const health = slow.request({ ':path': '/readyz' });
  health.resume();
  const [headers] = (await once(health, 'response')) as [{ ':status': number }];
  expect(headers[':status']).toBe(200);
});

test('a body of somebody without certificate and token -> refused unread', async () => {
  const stranger = session({ ca: identities.server.ca });
  const request = stranger.request({
    ':method': 'POST',
    ':path': paths.configMaps,
    'content-type': 'application/json',
  });
  request.on('error', () => {});
  request.write('{"metadata":');
  const [headers] = (await once(request, 'response')) as [{ ':status': number }];
  expect(headers[':status']).toBe(401);
});

test('500 connections that say nothing -> the server answers others, and lets them all go when it stops', async () => {
  const idle = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const socket: TLSSocket = connectTls({ host: '127.0.0.1', port, ...identities.admin, ALPNProtocols: ['h2'] });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return socket;
    }),
  );
  const health = session().request({ ':path': '/readyz' });
  health.resume();
  const [headers] = (await once(health, 'response')) as [{ ':status': number }];
  expect(headers[':status']).toBe(200);
  const gone = idle.map((socket) => once(socket.resume(), 'close'));
  stopping.abort();
  await Promise.all([closed, ...gone]);
}, 60_000);

test('a list of 12 MB -> leaves in pieces, whole and in order', async () => {
  await Promise.all(
    Array.from({ length: 1_200 }, (_, i) =>
      server.store.put(
        `/registry/core/configmaps/default/p-${10_000 + i}`,
        Buffer.from(
          JSON.stringify({
            kind: 'ConfigMap',
            apiVersion: 'v1',
            metadata: { name: `p-${10_000 + i}`, namespace: 'default', uid: `${i}` },
            data: { a: 'y'.repeat(10_000) },
          }),
        ),
        0,
      ),
    ),
  );
  for (const encoding of ['identity', 'gzip']) {
    const request = session().request({ ':path': paths.configMaps, 'accept-encoding': encoding });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [headers] = (await once(request, 'response')) as [Record<string, string>];
    await once(request, 'end');
    const raw = Buffer.concat(chunks);
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const { items } = JSON.parse(body.toString()) as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name)).toEqual(
      Array.from({ length: 1_200 }, (_, i) => `p-${10_000 + i}`),
    );
    if (encoding === 'identity') expect(headers['content-length']).toBe(String(body.byteLength));
  }
});
