// How do requests travel over HTTPS? HTTP/2 with client certificates; watches on a connection of their own,
// so that no flood of events delays a write.

import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { execOverWebSocket } from './exec-socket.ts';
import { type ConnectionOptions, Http2Connection } from './http2-connection.ts';
import type { RestClientMetrics } from './metrics/rest-client-metrics.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { UnreachableError } from './types.ts';

export interface HttpsOptions extends ConnectionOptions {
  /** Told of every request. */
  metrics?: RestClientMetrics | undefined;
}

/**
 * A Transport to `options.server`, or to another one while that can't be reached. Connects on the first request, and
 * again after a connection was lost. A request that was sent is never sent again: whether it took effect is unknown.
 */
export function httpsTransport({ metrics, ...options }: HttpsOptions): Transport {
  const requests = new Http2Connection(options);
  const watches = new Http2Connection(options);
  const lifetime = new AbortController();

  return {
    async request(request, signal) {
      const connection = isWatch(request) ? watches : requests;
      const ask = async (noteServer: (server: string) => void): Promise<TransportResponse> => {
        const { session, server } = await connection.opened(signal);
        noteServer(server);
        return send(session, request, signal);
      };
      return metrics ? metered(ask, request, { metrics, ...options }) : ask(() => {});
    },
    async exec(path, signal) {
      const { identity } = options;
      const { server } = await requests.opened(signal);
      return execOverWebSocket(
        { url: `${server.replace(/^http/, 'ws')}${path}`, identity },
        AbortSignal.any([signal, lifetime.signal]),
      );
    },
    close() {
      lifetime.abort(new UnreachableError('The client was closed'));
      requests.close();
      watches.close();
    },
  };
}

interface Metered extends ConnectionOptions {
  metrics: RestClientMetrics;
}

/** Counts one request and its answer. */
async function metered(
  ask: (noteServer: (server: string) => void) => Promise<TransportResponse>,
  request: TransportRequest,
  { metrics, clock, server: first }: Metered,
): Promise<TransportResponse> {
  const { method } = request;
  const startMs = clock.monotonic();
  let host = new URL(first).host;
  const took = (): void => metrics.took({ method, host }, (clock.monotonic() - startMs) / 1000);
  try {
    const answer = await ask((server) => (host = new URL(server).host));
    metrics.answered({ method, host }, answer.status);
    return isWatch(request) ? answer : { ...answer, body: told(answer.body, took) };
  } catch (error) {
    metrics.answered({ method, host }, undefined);
    if (!isWatch(request)) took();
    throw error;
  }
}

async function* told(body: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    onEnd();
  }
}

function isWatch({ method, path }: TransportRequest): boolean {
  return method === 'GET' && path.includes('watch=true');
}

async function send(
  session: ClientHttp2Session,
  { method, path, headers, body }: TransportRequest,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const what = `${method} ${path}`;
  let stream: ClientHttp2Stream;
  try {
    stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
  } catch (error) {
    throw new UnreachableError(`No answer to ${what}`, { cause: error });
  }
  const onAbort = (): void => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', onAbort));
  // The reader of the body hears of errors; nobody listens between head and body.
  stream.on('error', () => {});
  if (body !== undefined) stream.end(body);

  const head = await headOf(stream, { what, signal });
  const { ':status': status, ...rest } = head;
  return { status: Number(status), headers: plainHeaders(rest), body: readBody(stream, { what, signal }) };
}

function headOf(
  stream: ClientHttp2Stream,
  { what, signal }: { what: string; signal: AbortSignal },
): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    let cause: unknown;
    stream.once('response', resolve);
    stream.once('error', (error) => {
      cause = error;
    });
    stream.once('close', () => {
      reject(signal.aborted ? signal.reason : new UnreachableError(`No answer to ${what}`, { cause }));
    });
  });
}

async function* readBody(
  stream: ClientHttp2Stream,
  { what, signal }: { what: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const brokenOff = (cause: unknown): unknown =>
    signal.aborted ? signal.reason : new UnreachableError(`The answer to ${what} broke off`, { cause });
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw brokenOff(error);
  }
  // A session that dies ends its streams as if they were complete, but for this flag.
  if (stream.aborted || stream.rstCode !== 0) throw brokenOff(undefined);
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return plain;
}
