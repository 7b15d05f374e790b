// How does a connection that changes its protocol, such as a WebSocket, reach a node, a pod or a service? As it came: the
// request is made again there, and then bytes are passed on both ways. Source: apimachinery/pkg/util/proxy upgradeaware.go.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import { forwardedHeaders, hostHeader, unreachableService } from '../kubelet/proxy.ts';
import type { ForwardTarget } from '../kubelet/types.ts';
import type { ApiRequest } from '../types.ts';

interface ProxiedOptions {
  target: ForwardTarget;
  kubeletTls: TlsIdentity | undefined;
  accepted: () => void;
  signal: AbortSignal;
}

/** Resolves when both sides are joined, or the other side has answered without a change of protocol, by a refusal. Rejects with ServiceUnavailable, or InternalError if it has refused nothing. */
export function serveProxied(
  { request, socket, head }: { request: IncomingMessage; socket: Socket; head: Buffer },
  asked: ApiRequest,
  { target, kubeletTls, accepted, signal }: ProxiedOptions,
): Promise<void> {
  const { scheme, host, port, path, isAgent } = target;
  const headers = {
    ...forwardedHeaders(asked),
    ...hostHeader(asked, target),
    connection: 'Upgrade',
    upgrade: request.headers.upgrade,
  };
  const identity = isAgent && kubeletTls ? { ca: kubeletTls.ca, cert: kubeletTls.cert, key: kubeletTls.key } : {};
  // What a pod shows is its own affair.
  const options: RequestOptions = {
    host,
    port,
    path,
    method: request.method,
    headers,
    agent: false,
    signal,
    ...identity,
  };
  const open = scheme === 'https' || isAgent ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = open({ ...options, rejectUnauthorized: isAgent });
    outgoing.once('upgrade', (answer, upstream, first) => {
      socket.write(headOf(answer));
      if (first.byteLength > 0) socket.write(first);
      if (head.byteLength > 0) upstream.write(head);
      accepted();
      join(socket, upstream);
      resolve();
    });
    outgoing.once('response', (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode < 400) {
        answer.destroy();
        const why = `invalid upgrade response: status code ${statusCode}`;
        reject(new StatusError('InternalError', why, { answered: { code: 500, reason: '' } }));
        return;
      }
      socket.write(headOf(answer));
      accepted();
      answer.pipe(socket);
      resolve();
    });
    outgoing.once('error', (error) => reject(unreachableService(error)));
    outgoing.end();
  });
}

/** Status line and headers as they came; the body of an answer ends with the connection. */
export function headOf({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage): string {
  const isSwitching = statusCode === 101;
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    const isOfConnection = ['connection', 'transfer-encoding', 'keep-alive'].includes(name.toLowerCase());
    if (isSwitching || !isOfConnection) lines.push(`${name}: ${value}`);
  }
  if (!isSwitching) lines.push('Connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Passes bytes on until either side ends or fails. */
function join(client: Duplex, upstream: Duplex): void {
  client.pipe(upstream);
  upstream.pipe(client);
  for (const [side, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    side.on('error', () => other.destroy());
    side.on('close', () => other.destroy());
  }
}
