// What does the API server ask of a node? Logs, exec, statistics: the kubelet's HTTPS API.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Clock, epochMsOf } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AgentConfig } from '../config.ts';
import type { PodManager } from '../pods/manager.ts';
import { containerLogPath } from '../pods/start-container.ts';
import { podContainers, runsOf } from '../pods/view.ts';
import type { Runtime } from '../runtime/types.ts';
import { execProtocols, pumpExec, refuseExec } from './exec-socket.ts';
import { readLog } from './log-reader.ts';
import { peerIdentity } from './peer.ts';

export interface KubeletServerDeps {
  config: AgentConfig;
  pods: PodManager;
  runtime: Runtime;
  stats: (signal: AbortSignal) => Promise<object>;
  clock: Clock;
  log: Logger;
}

/** The request cannot be served; `code` is the HTTP status. */
class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

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
  if (kind === 'containerLogs' && rest.length === 3)
    return sendLogs({ response, path: rest, query: url.searchParams }, deps, signal);
  throw new HttpError(404, `no such path: ${url.pathname}`);
}

interface LogRequest {
  response: ServerResponse;
  path: string[];
  query: URLSearchParams;
}

async function sendLogs(
  { response, path, query }: LogRequest,
  deps: KubeletServerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { record, pod } = findContainer(path, deps, { previous: query.get('previous') === 'true' });
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  response.on('close', onAbort);
  const source = {
    path: containerLogPath(deps.config.nodeDir, pod, { container: record.name, attempt: record.attempt }),
    isOpen: () =>
      deps.pods
        .workers()
        .some((worker) => worker.records().some(({ id, state }) => id === record.id && state === 'running')),
    clock: deps.clock,
  };
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const seconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const options = {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
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

interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

async function upgrade(
  { request, socket, head }: Upgrade,
  deps: KubeletServerDeps,
  signal: AbortSignal,
): Promise<void> {
  checkPeer(request, deps);
  const url = new URL(request.url ?? '/', 'https://node');
  const [, kind, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (kind !== 'exec' || rest.length !== 3) throw new HttpError(404, `no such path: ${url.pathname}`);
  const { record } = findContainer(rest, deps, { previous: false });
  const isOn = (name: string): boolean => ['1', 'true'].includes(url.searchParams.get(name) ?? '');
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => execProtocols.find((name) => offered.has(name)) ?? false,
  });
  server.handleUpgrade(request, socket, head, (webSocket) => {
    const wanted = {
      containerId: record.id,
      argv: url.searchParams.getAll('command'),
      tty: isOn('tty'),
      stdin: isOn('input') || isOn('stdin'),
    };
    // Input that comes before the command runs must wait for it.
    webSocket.pause();
    deps.runtime
      .exec(wanted, signal)
      .then((session) => {
        const ended = pumpExec(webSocket, session);
        webSocket.resume();
        return ended;
      })
      .catch((error: unknown) => refuseExec(webSocket, error instanceof Error ? error.message : String(error)));
  });
}

function findContainer(
  [namespace = '', podName = '', name = '']: string[],
  deps: KubeletServerDeps,
  { previous }: { previous: boolean },
) {
  const worker = deps.pods.find(namespace, podName);
  if (!worker?.pod) throw new HttpError(404, `pod "${namespace}/${podName}" not found on this node`);
  if (!podContainers(worker.pod).some(({ container }) => container.name === name)) {
    throw new HttpError(400, `container ${name} is not valid for pod ${podName}`);
  }
  const record = runsOf(worker.records(), name)[previous ? 1 : 0];
  if (record) return { record, pod: worker.pod };
  if (previous) throw new HttpError(400, `previous terminated container "${name}" in pod "${podName}" not found`);
  throw new HttpError(400, `container "${name}" in pod "${podName}" is waiting to start: ContainerCreating`);
}

function refuse(response: ServerResponse, error: unknown): void {
  const code = error instanceof HttpError ? error.code : 500;
  if (response.headersSent) response.destroy();
  else
    response
      .writeHead(code, { 'content-type': 'text/plain' })
      .end(error instanceof Error ? error.message : String(error));
}
