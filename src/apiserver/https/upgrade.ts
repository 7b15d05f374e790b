// How do exec, attach and port-forward reach a pod? The client's WebSocket and one to the node's agent, frame by frame.

import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { StatusError } from '../../apimachinery/status-error.ts';
import { assert } from '../../base/assert.ts';
import type { Logger } from '../../base/log.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { ApiServer, StreamGrant } from '../api-server.ts';
import { dialProblem } from '../go-dial-error.ts';
import type { KubeletTarget } from '../kubelet/types.ts';
import { failureStatus, internalError } from '../status-body.ts';
import type { ApiRequest, UserInfo } from '../types.ts';
import { headOf, serveProxied } from './proxy-upgrade.ts';
import { isWatch, serveWatch } from './watch-socket.ts';

/** Port-forward's subprotocol. Its slash is against RFC 6455, so that ws refuses it: it is kept away from ws. */
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
/** What the agent calls the same. */
const agentTunnelProtocol = 'tunnel.portforward.k8s.io';
/** In the order of preference. */
const knownProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', tunnelProtocol];
/** Upstream makes streams of its own of the others. */
const passedOnProtocol = 'v4.channel.k8s.io';
/** A side that has this much unsent makes the other wait. */
const bufferedBytesMax = 1024 * 1024;

export interface Upgrade {
  request: IncomingMessage;
  socket: Socket;
  head: Buffer;
  user: UserInfo | undefined;
  remoteAddress: string | undefined;
}

export interface UpgradeDeps {
  apiServer: ApiServer;
  kubeletTls: TlsIdentity | undefined;
  log: Logger;
}

/** Serves one upgrade request until either side closes or `signal` aborts. Refuses with a Status. Never rejects. */
export async function serveUpgrade(
  upgrade: Upgrade,
  { apiServer, kubeletTls, log }: UpgradeDeps,
  signal: AbortSignal,
): Promise<void> {
  const { request, socket, user, remoteAddress } = upgrade;
  let grant: StreamGrant | undefined;
  socket.on('error', (error) => log.debug('stream failed', { error }));
  try {
    const headers = request.headers as Record<string, string>;
    // By its own method: what changes something must not pass as a read.
    const asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers,
      body: undefined,
      user,
      remoteAddress,
    };
    if (isWatch(asked)) return await watchOver(upgrade, asked, { apiServer, signal });
    grant = await apiServer.connect(asked, signal);
    const { agent: place, proxied } = grant.target;
    if (proxied)
      return await serveProxied(upgrade, asked, { target: proxied, kubeletTls, accepted: grant.accepted, signal });
    // Last of the refusals: kubectl asks again with SPDY after any of them, and shows what that one was told.
    requireWebSocket(request);
    if (!kubeletTls) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
    const protocols = offeredProtocols(request).map((each) => (each === tunnelProtocol ? agentTunnelProtocol : each));
    assert(place, 'A stream goes to an agent or is proxied');
    const agent = await openAgent(place, { tls: kubeletTls, protocols, signal });
    if (agent instanceof IncomingMessage) return passOn(socket, agent, grant.accepted);
    const client = await acceptClient(upgrade, agent.protocol);
    grant.accepted();
    join(client, agent, signal);
  } catch (error) {
    if (!(error instanceof StatusError) && !signal.aborted) log.error('upgrade failed', { error, path: request.url });
    const refusal = error instanceof StatusError ? error : internalError(error);
    grant?.refused(refusal);
    refuse(socket, refusal);
  }
}

async function watchOver(
  upgrade: Upgrade,
  asked: ApiRequest,
  { apiServer, signal }: { apiServer: ApiServer; signal: AbortSignal },
): Promise<void> {
  const leaving = new AbortController();
  const response = await apiServer.handle(asked, { signal: AbortSignal.any([signal, leaving.signal]) });
  if (response.status === 200)
    return serveWatch(upgrade, response, () => leaving.abort(new Error('The client has left')));
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  answer(upgrade.socket, `${response.status} Refused`, Buffer.concat(chunks));
}

export function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

function requireWebSocket(request: IncomingMessage): void {
  if (!isWebSocket(request)) {
    throw new StatusError('BadRequest', 'unable to upgrade: only WebSocket is offered');
  }
  if (offeredProtocols(request).length === 0) {
    throw new StatusError(
      'BadRequest',
      `unable to upgrade: none of the subprotocols is offered: ${knownProtocols.join(', ')}`,
    );
  }
}

function offeredProtocols(request: IncomingMessage): string[] {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  return knownProtocols.filter((protocol) => offered.includes(protocol));
}

interface AgentOptions {
  tls: TlsIdentity;
  protocols: string[];
  signal: AbortSignal;
}

/** The stream of an agent, or its refusal as it came where upstream passes the client's own stream on. Rejects with InternalError. */
function openAgent(
  target: KubeletTarget,
  { tls, protocols, signal }: AgentOptions,
): Promise<WebSocket | IncomingMessage> {
  const { host, port, path } = target;
  const { ca, cert, key } = tls;
  const agent = new WebSocket(`wss://${host}:${port}${path}`, protocols, { ca, cert, key, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    const onAbort = (): void => agent.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    agent.once('open', () => {
      settle();
      // Frames that come before the client is joined must not be lost.
      agent.pause();
      resolve(agent);
    });
    agent.once('error', (error) => {
      settle();
      reject(failed(`error dialing backend: ${dialProblem(error)}`, error));
    });
    agent.once('unexpected-response', (_request, answer) => {
      settle();
      const { statusCode = 0 } = answer;
      if (protocols[0] === passedOnProtocol) {
        if (statusCode >= 400) resolve(answer);
        else reject(failed(`invalid upgrade response: status code ${statusCode}`));
        return;
      }
      void readText(answer).then(
        (text) => reject(new StatusError('InternalError', text || `the node's agent answered with code ${statusCode}`)),
        reject,
      );
    });
  });
}

/** To upstream an error without a reason. */
function failed(why: string, cause?: unknown): StatusError {
  return new StatusError('InternalError', why, { cause, answered: { code: 500, reason: '' } });
}

/** The refusal of an agent, which is its own: nobody looks at its code. */
function passOn(socket: Socket, answer: IncomingMessage, accepted: () => void): void {
  socket.write(headOf(answer));
  accepted();
  answer.pipe(socket);
}

async function readText(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString().trim();
}

function acceptClient({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => protocol });
  if (protocol === agentTunnelProtocol) {
    delete request.headers['sec-websocket-protocol'];
    server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`));
  }
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}

function join(client: WebSocket, agent: WebSocket, signal: AbortSignal): void {
  const onAbort = (): void => {
    client.terminate();
    agent.terminate();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  client.once('close', () => signal.removeEventListener('abort', onAbort));
  pipe(client, agent);
  pipe(agent, client);
  agent.resume();
}

function pipe(from: WebSocket, to: WebSocket): void {
  from.on('message', (data: RawData, isBinary: boolean) => {
    if (to.readyState !== WebSocket.OPEN) return;
    to.send(data, { binary: isBinary }, () => {
      if (to.bufferedAmount < bufferedBytesMax && from.isPaused) from.resume();
    });
    if (to.bufferedAmount >= bufferedBytesMax) from.pause();
  });
  from.on('close', (code, reason) => {
    // 1005 and 1006 say that no code came; they can't be sent on.
    if (code === 1005) to.close();
    else if (code === 1006) to.terminate();
    else to.close(code, reason);
  });
  // 'close' follows every error and ends the other side.
  from.on('error', () => {});
}

export function refuse(socket: Socket, error: StatusError): void {
  if (socket.destroyed) return;
  answer(socket, `${error.code} ${error.reason}`, Buffer.from(JSON.stringify(failureStatus(error))));
}

function answer(socket: Socket, status: string, body: Buffer): void {
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.byteLength}\r\nConnection: close\r\n\r\n`,
      ),
      body,
    ]),
  );
}
