// What does the API server ask of a node? Logs, exec, statistics: the kubelet's HTTPS API.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { epochMsOf } from '../../base/clock.ts';
import { metricsContentType } from '../../base/metrics/exposition.ts';
import { containerLog, findContainer, HttpError, type KubeletServerDeps } from './find-container.ts';
import { readLog } from './log-reader.ts';
import { peerIdentity } from './peer.ts';
import { serveStream, type Upgrade } from './streams.ts';

/** Serves until `signal` aborts. Rejects if the address cannot be listened on. */
export async function serveKubelet(deps: KubeletServerDeps, signal: AbortSignal): Promise<void> {
  const { createServer } = await import('node:https');
  const { tls, address, kubeletPort } = deps.config;
  const server = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    (request, response) => {
      answer({ request, response }, deps, signal).catch((error: unknown) => refuse(response, error));
    },
  );
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    upgrade({ request, socket, head }, deps, signal).catch((error: unknown) => {
      const code = error instanceof HttpError ? error.code : 500;
      socket.end(
        `HTTP/1.1 ${code} ${error instanceof Error ? error.message.replaceAll(/[\r\n]/g, ' ') : 'error'}\r\nConnection: close\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(kubeletPort, address, resolve);
  });
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  server.closeAllConnections();
  for (const socket of upgraded) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

function checkPeer(request: IncomingMessage, { config }: KubeletServerDeps): void {
  const { user, groups } = peerIdentity(request.socket as TLSSocket);
  if (user !== config.apiServerClientName && !groups.includes('system:masters'))
    throw new HttpError(403, `Forbidden (user=${user})`);
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

async function answer({ request, response }: Exchange, deps: KubeletServerDeps, signal: AbortSignal): Promise<void> {
  checkPeer(request, deps);
  const url = new URL(request.url ?? '/', 'https://node');
  const [, kind, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (kind === 'healthz') return void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
  if (kind === 'stats' && rest[0] === 'summary') {
    const text = JSON.stringify(await deps.stats(signal));
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  }
  if (kind === 'metrics' && rest.length === 0)
    return void response.writeHead(200, { 'content-type': metricsContentType }).end(await deps.metrics(signal));
  if (kind === 'containerLogs' && rest.length === 3)
    return sendLogs({ response, path: rest, query: url.searchParams }, deps, signal);
  throw new HttpError(404, `no such path: ${url.pathname}`);
}

interface LogRequest {
  response: ServerResponse;
  path: string[];
  query: URLSearchParams;
}

/** PodLogOptions.stream; absent and `All` mean both. */
const streams: Record<string, 'stdout' | 'stderr'> = { Stdout: 'stdout', Stderr: 'stderr' };

async function sendLogs(
  { response, path, query }: LogRequest,
  deps: KubeletServerDeps,
  signal: AbortSignal,
): Promise<void> {
  const found = findContainer(path, deps, { previous: query.get('previous') === 'true' });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  response.on('close', onAbort);
  const source = containerLog(found, deps);
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const seconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const options = {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    stream: streams[query.get('stream') ?? ''],
    sinceMs: sinceTime ? epochMsOf(sinceTime) : seconds === undefined ? undefined : deps.clock.now() - seconds * 1000,
  };
  try {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    for await (const piece of readLog(source, options, stop.signal)) {
      if (!response.write(piece) && !stop.signal.aborted) await drained(response, stop.signal);
    }
    response.end();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      response.off('drain', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    response.once('drain', finish);
    signal.addEventListener('abort', finish, { once: true });
  });
}

async function upgrade(wanted: Upgrade, deps: KubeletServerDeps, signal: AbortSignal): Promise<void> {
  checkPeer(wanted.request, deps);
  await serveStream(wanted, deps, signal);
}

function refuse(response: ServerResponse, error: unknown): void {
  const code = error instanceof HttpError ? error.code : 500;
  if (response.headersSent) response.destroy();
  else
    response
      .writeHead(code, { 'content-type': 'text/plain' })
      .end(error instanceof Error ? error.message : String(error));
}
