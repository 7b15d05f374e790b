// What becomes of a request that would change the protocol where there is no other one? It is answered as if it had not asked.

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { StatusError } from '../../apimachinery/status-error.ts';
import { connectSubresources } from '../kubelet/connect.ts';
import { requestInfoOf } from '../request-info.ts';
import type { Exchange, Peer } from './exchange.ts';
import { http1Exchange } from './http1-exchange.ts';
import { isWebSocket, refuse } from './upgrade.ts';

/** Is there a stream where the request goes? A watch is one for who speaks WebSocket. */
export function isStreamed(request: IncomingMessage): boolean {
  const { verb, subresource } = requestInfoOf({ method: request.method ?? 'GET', path: request.url ?? '/' });
  if (verb === 'watch') return isWebSocket(request);
  return subresource !== 'log' && connectSubresources.has(subresource);
}

/** The request as any other; undefined if it has a body, and so was refused: Node reads none where a protocol may change. */
export function plainExchange(request: IncomingMessage, socket: Socket, peer: Peer): Exchange | undefined {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (Number(length) > 0 || encoding !== undefined) {
    refuse(socket, new StatusError('BadRequest', 'a request with a body cannot change the protocol'));
    return undefined;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Nobody else does it for a connection that the HTTP server has let go of.
  socket.on('drain', () => response.emit('drain'));
  response.once('finish', () => socket.destroySoon());
  return {
    ...http1Exchange(request, response, peer),
    readBody: () => Promise.resolve(new Uint8Array()),
    isBodyWhole: () => true,
  };
}
