// How does a tool reach any API server, also behind proxies that speak only HTTP/1.1? Plain requests over a few
// connections that are kept open. Reads only.

import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import type { ClusterAccess } from './cluster-access.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { UnreachableError } from './types.ts';

const connectionsMax = 8;
const loopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

/** A Transport that only reads: GET requests. */
export function http1Transport({
  server,
  tls,
  authorization,
}: Omit<ClusterAccess, 'context' | 'namespace'>): Transport {
  const base = new URL(server);
  const isPlain = base.protocol === 'http:';
  const options = { keepAlive: true, maxSockets: connectionsMax };
  const agent = isPlain ? new PlainAgent(options) : new Agent({ ...options, ...tls });
  const prefix = base.pathname.replace(/\/+$/, '');
  // Over loopback, packing costs more than it saves.
  const packing = loopback.test(base.hostname) ? {} : { 'accept-encoding': 'gzip' };

  return {
    request({ method, path, headers }: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
      const what = `${method} ${path}`;
      return new Promise((resolve, reject) => {
        const request = (isPlain ? plainRequest : tlsRequest)(
          {
            protocol: base.protocol,
            host: base.hostname.replace(/^\[|\]$/g, ''),
            port: base.port,
            method,
            path: `${prefix}${path}`,
            headers: { ...headers, ...packing, ...(authorization && { authorization }) },
            agent,
            signal,
          },
          (answer) =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
              body: bodyOf(answer, { what, signal }),
            }),
        );
        request.on('error', (cause) =>
          reject(
            signal.aborted
              ? signal.reason
              : new UnreachableError(`No answer to ${what} from ${server}: ${causeText(cause)}`, { cause }),
          ),
        );
        request.end();
      });
    },
    exec: () => Promise.reject(new UnreachableError('This client only reads')),
    close: () => agent.destroy(),
  };
}

/** Node gives several attempts at one name as an error without a message of its own. */
function causeText(error: Error): string {
  const { errors } = error as AggregateError;
  return error.message || (errors?.map((each: Error) => each.message).join('; ') ?? 'unknown');
}

async function* bodyOf(
  answer: IncomingMessage,
  { what, signal }: { what: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const body = answer.headers['content-encoding'] === 'gzip' ? answer.pipe(createGunzip()) : answer;
  if (body !== answer) answer.on('error', (error) => body.destroy(error));
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw signal.aborted ? signal.reason : new UnreachableError(`The answer to ${what} broke off`, { cause });
  }
}
