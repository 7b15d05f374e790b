// What can a client talk to in a pod? exec, attach and port-forward, each over one WebSocket.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ContainerRecord } from '../runtime/types.ts';
import { pumpAttach } from './attach.ts';
import { execProtocols, pumpExec, refuseExec } from './exec-socket.ts';
import { findContainer, findPod, HttpError, type KubeletServerDeps } from './find-container.ts';
import { portForwardProtocol, serveForwarding } from './port-forward.ts';

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Serves one upgrade request from a peer that is allowed to. Rejects with HttpError before the upgrade only. */
export async function serveStream(upgrade: Upgrade, deps: KubeletServerDeps, signal: AbortSignal): Promise<void> {
  const url = new URL(upgrade.request.url ?? '/', 'https://node');
  const [, kind = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (kind === 'exec' && rest.length === 3) {
    const { record } = findContainer(rest, deps, { previous: false });
    accept(upgrade, execProtocols, (socket) => runCommand(socket, { record, url, runtime: deps.runtime }, signal));
    return;
  }
  if (kind === 'attach' && rest.length === 3) {
    const found = findContainer(rest, deps, { previous: false });
    if (found.record.state !== 'running') throw new HttpError(400, `container ${found.record.name} is not running`);
    accept(upgrade, execProtocols, (socket) =>
      joinContainer(socket, { record: found.record, url, runtime: deps.runtime }, signal),
    );
    return;
  }
  if (kind === 'portForward' && rest.length === 2) {
    const pod = findPod(rest, deps);
    const { address } = deps.config;
    const { uid } = pod.metadata;
    // Pods share their node's network: what listens on all addresses answers on the first.
    const target = { pod: rest.join('/'), uid, hosts: ['127.0.0.1', address] };
    accept(upgrade, [portForwardProtocol], (socket) => serveForwarding(socket, target));
    return;
  }
  throw new HttpError(404, `no such path: ${url.pathname}`);
}

function accept({ request, socket, head }: Upgrade, protocols: string[], serve: (socket: WebSocket) => void): void {
  void import('ws').then(({ WebSocketServer }) => {
    const server = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => protocols.find((name) => offered.has(name)) ?? false,
    });
    server.handleUpgrade(request, socket, head, serve);
  });
}

function isOn(url: URL, name: string): boolean {
  return ['1', 'true'].includes(url.searchParams.get(name) ?? '');
}

interface Joining {
  record: ContainerRecord;
  url: URL;
  runtime: KubeletServerDeps['runtime'];
}

function joinContainer(socket: WebSocket, { record, url, runtime }: Joining, signal: AbortSignal): void {
  // Input that comes before the container is joined must wait for it.
  socket.pause();
  runtime
    .attach(record.id, { stdin: isOn(url, 'input') }, signal)
    .then((session) => {
      const ended = pumpAttach(socket, session, { stdout: isOn(url, 'output'), stderr: isOn(url, 'error') });
      socket.resume();
      return ended;
    })
    .catch((error: unknown) => refuseExec(socket, error instanceof Error ? error.message : String(error)));
}

function runCommand(socket: WebSocket, { record, url, runtime }: Joining, signal: AbortSignal): void {
  const wanted = {
    containerId: record.id,
    argv: url.searchParams.getAll('command'),
    tty: isOn(url, 'tty'),
    stdin: isOn(url, 'input') || isOn(url, 'stdin'),
  };
  // Input that comes before the command runs must wait for it.
  socket.pause();
  runtime
    .exec(wanted, signal)
    .then((session) => {
      const ended = pumpExec(socket, session);
      socket.resume();
      return ended;
    })
    .catch((error: unknown) => refuseExec(socket, error instanceof Error ? error.message : String(error)));
}
