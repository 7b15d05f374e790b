// Who may order this node's writers stopped, and how? `POST /fence` over mutual TLS, for the controllers and for masters.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../base/log.ts';
import type { FenceAnswer, FenceRequest } from '../../fencing/supervisor-protocol.ts';
import type { FenceServerConfig } from '../config.ts';
import { peerIdentity } from '../server/peer.ts';

export interface FenceServerOptions extends FenceServerConfig {
  address: string;
  fence: (request: FenceRequest, signal: AbortSignal) => Promise<FenceAnswer>;
  log: Logger;
}

/** The failover controller's process. */
const fencingUser = 'system:amarre:controllers';
// More than any list of volumes of one node.
const requestBytesMax = 1 << 20;

/** Serves until `signal` aborts. Rejects if the address cannot be listened on. */
export async function serveFence(options: FenceServerOptions, signal: AbortSignal): Promise<void> {
  const { createServer } = await import('node:https');
  const { address, port, tls, log } = options;
  const server = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    (request, response) => {
      answer({ request, response }, options, signal).catch((error: unknown) => {
        log.warn('cannot fence', { error });
        refuse(response, 409, error instanceof Error ? error.message : String(error));
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

async function answer(
  { request, response }: Exchange,
  options: FenceServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { user, groups } = peerIdentity(request.socket as TLSSocket);
  if (user !== fencingUser && !groups.includes('system:masters')) {
    return refuse(
      response,
      403,
      `the client certificate is not that of ${fencingUser}, nor one of group system:masters`,
    );
  }
  if (request.method !== 'POST' || request.url !== '/fence')
    return refuse(response, 404, 'the only route is POST /fence');
  const question = parseQuestion(await read(request));
  if (!question) return refuse(response, 400, 'the body is not a FenceRequest');
  const text = JSON.stringify(await options.fence(question, signal));
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

function parseQuestion(text: string): FenceRequest | undefined {
  try {
    const value = JSON.parse(text) as Partial<FenceRequest> | null;
    const { nonce, volumeHandles } = value ?? {};
    if (typeof nonce !== 'string' || !Array.isArray(volumeHandles)) return undefined;
    return volumeHandles.every((handle) => typeof handle === 'string') ? (value as FenceRequest) : undefined;
  } catch {
    return undefined;
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > requestBytesMax) throw new Error(`the body has more than ${requestBytesMax} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuse(response: ServerResponse, code: number, message: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
