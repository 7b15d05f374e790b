// How does one HTTP request go through the API server? The same way for HTTP/1.1 and HTTP/2.

import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { StatusError } from '../../apimachinery/status-error.ts';
import { abortable } from '../../base/abortable.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import { BodyTooLargeError } from '../../base/http2/stream.ts';
import type { Logger } from '../../base/log.ts';
import type { ApiServer, Lifetime } from '../api-server.ts';
import { errorResponse } from '../respond.ts';
import { internalError } from '../status-body.ts';
import { type ApiRequest, type ApiResponse, FixedBody, LiveBody, type UserInfo } from '../types.ts';
import { piecesOf } from './pieces.ts';

/** Bodies above this are refused. Source: apiserver's MaxRequestBodyBytes. */
const bodyBytesMax = 3 * 1024 * 1024;
/** Smaller answers are not worth compressing. Source: apiserver's defaultGzipThresholdBytes. */
const gzipBytesMin = 128 * 1024;
/** Answers above this are compressed in pieces. */
const wholeBytesMax = 4 * 1024 * 1024;
const compress = promisify(gzip);

/** The other end of a connection. */
export interface Peer {
  /** Whom its certificate names; undefined without one, and when it has expired. */
  userAt: (nowMs: number) => UserInfo | undefined;
  /** When that certificate expires. */
  expiresAtMs: number | undefined;
  remoteAddress: string | undefined;
}

/** How an answer begins. */
export interface Head {
  status: number;
  headers: Record<string, string>;
  /** Bytes of the body, for the header that says so; no such header if absent. */
  contentLength?: number | undefined;
  auditId?: string | undefined;
}

/** Unless an answer says otherwise, nobody may keep it. Source: apiserver's WithCacheControl. */
const cacheControl = 'no-cache, private';

/** What stands in a head beside its headers, dates excepted. */
export function moreOf({ headers, contentLength, auditId }: Head): Record<string, string> {
  const more: Record<string, string> = {};
  if (headers['cache-control'] === undefined) more['cache-control'] = cacheControl;
  if (auditId !== undefined) more['audit-id'] = auditId;
  if (contentLength !== undefined) more['content-length'] = String(contentLength);
  return more;
}

/** One request and the way back to its client, in whichever protocol. */
export interface Exchange {
  method: string;
  path: string;
  headers: Record<string, string>;
  peer: Peer;
  /** The body as a whole. Rejects with BodyTooLargeError, and then drops what is left of it. */
  readBody: (bytesMax: number) => Promise<Uint8Array>;
  /** Has the body come as a whole? Nobody needs to wait for it then. */
  isBodyWhole: () => boolean;
  /** Sends the whole answer. `chunks` must not change any more. Resolves when the client has room for what is left. */
  sendWhole: (head: Head, chunks: readonly Uint8Array[]) => Promise<void> | void;
  /** Sends status and headers at once; the body follows. */
  sendHead: (head: Head) => void;
  /** False asks to wait until it is `drained`. */
  write: (chunk: Uint8Array) => boolean;
  /** Resolves when there is room for more, or the exchange is over. */
  drained: () => Promise<void>;
  end: () => void;
  /** Breaks off: the client must see that the answer is not complete. */
  destroy: () => void;
  /** Sets who is told when the client is gone. */
  onClose: (listener: () => void) => void;
}

export interface ExchangeDeps {
  apiServer: ApiServer;
  log: Logger;
  clock: Clock;
  /** A body that has not come as a whole after this long is given up, with its connection or stream. */
  bodyTimeoutMs: number;
  /** Controllers of requests in flight, for the server's stop. */
  inFlight: Set<AbortController>;
}

/** Answers one request. Never rejects: what goes wrong ends the exchange and is logged. */
export async function serveExchange(exchange: Exchange, deps: ExchangeDeps): Promise<void> {
  const { log, inFlight } = deps;
  // Its signal is made when somebody asks for it: most reads are over before anyone does.
  const lifetime = new AbortController();
  exchange.onClose(() => lifetime.abort(new Error('The client closed the connection')));
  inFlight.add(lifetime);
  try {
    const response = await answer(exchange, lifetime, deps);
    await send(exchange, response, lifetime);
  } catch (error) {
    if (error instanceof TimeoutError) log.info('gave up on a slow client', { error });
    else if (!lifetime.signal.aborted)
      log.error('exchange failed', { error, method: exchange.method, path: exchange.path });
    exchange.destroy();
  } finally {
    exchange.onClose(() => {});
    inFlight.delete(lifetime);
  }
}

function answer(exchange: Exchange, lifetime: Lifetime, deps: ExchangeDeps): Promise<ApiResponse> {
  const { apiServer, clock } = deps;
  const { method, path, headers, peer } = exchange;
  const request: ApiRequest = {
    method,
    path,
    headers,
    body: undefined,
    user: peer.userAt(clock.now()),
    certificateExpiresAtMs: peer.expiresAtMs,
    remoteAddress: peer.remoteAddress,
  };
  if (method === 'GET' || method === 'HEAD') return apiServer.handle(request, lifetime);
  // Who shows neither certificate nor token is refused anyway; bodies of strangers take no memory.
  if (!request.user && headers['authorization'] === undefined) return apiServer.handle(request, lifetime);
  return answerWithBody(request, { exchange, lifetime }, deps);
}

async function answerWithBody(
  request: ApiRequest,
  { exchange, lifetime }: { exchange: Exchange; lifetime: Lifetime },
  deps: ExchangeDeps,
): Promise<ApiResponse> {
  try {
    if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge();
    request.body = await readWhole(exchange, lifetime, deps);
  } catch (error) {
    // A client that takes this long to send what it announced is not worth an answer.
    if (lifetime.signal.aborted || error instanceof TimeoutError) throw error;
    if (error instanceof BodyTooLargeError) return errorResponse(tooLarge());
    return errorResponse(error instanceof StatusError ? error : internalError(error));
  }
  return deps.apiServer.handle(request, lifetime);
}

function readWhole(
  exchange: Exchange,
  lifetime: Lifetime,
  { clock, bodyTimeoutMs }: ExchangeDeps,
): Promise<Uint8Array> {
  const reading = exchange.readBody(bodyBytesMax);
  if (exchange.isBodyWhole()) return reading;
  const what = `the body of ${exchange.method} ${exchange.path}`;
  const limit = { what, timeoutMs: bodyTimeoutMs, signal: lifetime.signal };
  return clock.withTimeout(limit, (bounded) => abortable(reading, bounded));
}

function tooLarge(): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${bodyBytesMax}`);
}

function send(exchange: Exchange, response: ApiResponse, lifetime: Lifetime): Promise<void> | void {
  const { status, headers, body, givenUp, auditId } = response;
  if (body instanceof FixedBody) return sendFixed(exchange, { status, headers, body, auditId }, lifetime);
  if (exchange.method === 'HEAD') return exchange.sendWhole({ status, headers, auditId }, []);
  // What is given up is broken off: an orderly end would wait for a client that does not read.
  givenUp?.addEventListener('abort', () => exchange.destroy(), { once: true });
  return sendStream(exchange, { status, headers, body, auditId }, lifetime);
}

async function sendStream(
  exchange: Exchange,
  { status, headers, body, auditId }: ApiResponse,
  { signal }: Lifetime,
): Promise<void> {
  exchange.sendHead({ status, headers, auditId });
  let isOver = signal.aborted;
  const onAbort = (): void => {
    isOver = true;
  };
  signal.addEventListener('abort', onAbort, { once: true });
  for await (const chunk of body instanceof LiveBody ? body.read(exchange) : body) {
    if (isOver) break;
    if (!exchange.write(chunk)) await exchange.drained();
  }
  exchange.end();
}

type FixedResponse = ApiResponse & { body: FixedBody };

function sendFixed(
  exchange: Exchange,
  { status, headers, body, auditId }: FixedResponse,
  lifetime: Lifetime,
): Promise<void> | void {
  const size = body.byteLength;
  // A part is one of what is not compressed.
  const isPart = status === 206;
  if (size >= gzipBytesMin && !isPart && /\bgzip\b/.test(exchange.headers['accept-encoding'] ?? ''))
    return sendCompressed(exchange, { status, headers, body, auditId }, lifetime);
  // A 304 has the headers of an answer whose body is not sent, a 204 has none to tell the size of.
  const contentLength = status === 304 || status === 204 ? undefined : size;
  return exchange.sendWhole({ status, headers, contentLength, auditId }, exchange.method === 'HEAD' ? [] : body.chunks);
}

async function sendCompressed(
  exchange: Exchange,
  { status, headers, body, auditId }: FixedResponse,
  lifetime: Lifetime,
): Promise<void> {
  const encoded = { ...headers, 'content-encoding': 'gzip' };
  if (body.byteLength <= wholeBytesMax || exchange.method === 'HEAD') {
    const bytes = await compress(Buffer.concat(body.chunks), { level: constants.Z_BEST_SPEED });
    const head: Head = { status, headers: encoded, contentLength: bytes.byteLength, auditId };
    return exchange.sendWhole(head, exchange.method === 'HEAD' ? [] : [bytes]);
  }
  // Never in memory as a whole, and a piece at a time, so that it holds up nobody.
  const pieces = Readable.from(piecesOf(body.chunks), { objectMode: false });
  const zipped = pieces.pipe(createGzip({ level: constants.Z_BEST_SPEED }));
  return sendStream(exchange, { status, headers: encoded, body: zipped, auditId }, lifetime);
}
