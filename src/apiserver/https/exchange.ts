// How does one HTTP request go through the API server? The same way for HTTP/1.1 and HTTP/2.

import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import { StatusError } from '../../apimachinery/status-error.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ApiServer } from '../api-server.ts';
import { errorResponse } from '../respond.ts';
import { internalError } from '../status-body.ts';
import { type ApiResponse, FixedBody, type UserInfo } from '../types.ts';

/** Bodies above this are refused. Source: apiserver's MaxRequestBodyBytes. */
const bodyBytesMax = 3 * 1024 * 1024;
/** Smaller answers are not worth compressing. Source: apiserver's defaultGzipThresholdBytes. */
const gzipBytesMin = 128 * 1024;
/** Answers above this are sent in pieces. */
const wholeBytesMax = 4 * 1024 * 1024;
const pieceBytes = 256 * 1024;
const compress = promisify(gzip);

/** The other end of a connection. */
export interface Peer {
  /** Whom its certificate names. */
  user: UserInfo | undefined;
  remoteAddress: string | undefined;
}

export interface Exchange {
  method: string;
  path: string;
  headers: Record<string, string>;
  peer: Peer;
  source: Readable;
  sink: Writable;
  /** Sends status and headers at once; `isWhole` says that no body follows. */
  sendHead: (status: number, headers: Record<string, string>, options: { isWhole: boolean }) => void;
  /** Breaks off: the client must see that the answer is not complete. */
  destroy: () => void;
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
  const { sink, source } = exchange;
  const controller = new AbortController();
  const onClose = (): void => controller.abort(new Error('The client closed the connection'));
  sink.once('close', onClose);
  // Without listeners a connection that breaks would be an uncaught error; 'close' follows and says all.
  sink.on('error', () => {});
  source.on('error', () => {});
  inFlight.add(controller);
  try {
    const response = await answer(exchange, { ...deps, signal: controller.signal });
    await send(exchange, response, controller.signal);
  } catch (error) {
    if (error instanceof TimeoutError) log.info('gave up on a slow client', { error });
    else if (!controller.signal.aborted)
      log.error('exchange failed', { error, method: exchange.method, path: exchange.path });
    exchange.destroy();
  } finally {
    sink.removeListener('close', onClose);
    inFlight.delete(controller);
  }
}

async function answer(
  exchange: Exchange,
  { apiServer, clock, bodyTimeoutMs, signal }: AnswerDeps,
): Promise<ApiResponse> {
  const { method, path, headers } = exchange;
  const { user, remoteAddress } = exchange.peer;
  if (method === 'GET' || method === 'HEAD')
    return apiServer.handle({ method, path, headers, body: undefined, user, remoteAddress }, signal);
  let body: Uint8Array | undefined;
  try {
    const limit = { what: `the body of ${method} ${path}`, timeoutMs: bodyTimeoutMs, signal };
    body = await clock.withTimeout(limit, (bounded) => readBody(exchange, bounded));
  } catch (error) {
    // A client that takes this long to send what it announced is not worth an answer.
    if (signal.aborted || error instanceof TimeoutError) throw error;
    // What is left of the body is thrown away, so that the client gets to read the answer.
    exchange.source.resume();
    return errorResponse(error instanceof StatusError ? error : internalError(error));
  }
  return apiServer.handle({ method, path, headers, body, user, remoteAddress }, signal);
}

type AnswerDeps = Pick<ExchangeDeps, 'apiServer' | 'clock' | 'bodyTimeoutMs'> & { signal: AbortSignal };

async function readBody({ headers, source }: Exchange, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (Number(headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  signal.addEventListener('abort', () => source.destroy(signal.reason as Error), { once: true });
  // The stream must outlive a refusal: with HTTP/2 the answer goes out on the same one.
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bodyBytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function tooLarge(): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${bodyBytesMax}`);
}

async function send(exchange: Exchange, response: ApiResponse, ended: AbortSignal): Promise<void> {
  const { status, headers, body, givenUp } = response;
  const signal = givenUp ? AbortSignal.any([ended, givenUp]) : ended;
  if (body instanceof FixedBody) return sendFixed(exchange, { status, headers, body }, signal);
  const { sink } = exchange;
  exchange.sendHead(status, headers, { isWhole: exchange.method === 'HEAD' });
  if (exchange.method === 'HEAD') return;
  for await (const chunk of body) {
    if (signal.aborted) break;
    if (!sink.write(chunk)) await drained(sink, signal);
  }
  // What is given up is broken off: an orderly end would wait for a client that does not read.
  if (givenUp?.aborted) exchange.destroy();
  else sink.end();
}

async function sendFixed(
  exchange: Exchange,
  { status, headers, body }: ApiResponse & { body: FixedBody },
  signal: AbortSignal,
): Promise<void> {
  const size = body.byteLength;
  const zips = size >= gzipBytesMin && /\bgzip\b/.test(exchange.headers['accept-encoding'] ?? '');
  if (size > wholeBytesMax && exchange.method !== 'HEAD')
    return sendPieces(exchange, { status, headers, body, zips }, signal);
  const whole = body.chunks.length === 1 ? (body.chunks[0] as Uint8Array) : Buffer.concat(body.chunks);
  const bytes = zips ? await compress(whole, { level: constants.Z_BEST_SPEED }) : whole;
  const fields = { ...headers };
  if (zips) fields['content-encoding'] = 'gzip';
  // A 304 has the headers of an answer whose body is not sent.
  if (status !== 304) fields['content-length'] = String(bytes.byteLength);
  const isWhole = exchange.method === 'HEAD' || bytes.byteLength === 0;
  exchange.sendHead(status, fields, { isWhole });
  if (!isWhole) exchange.sink.end(bytes);
}

/** A large answer goes out a piece at a time, so that encrypting it holds up nobody, and is never in memory as a whole. */
async function sendPieces(
  exchange: Exchange,
  { status, headers, body, zips }: ApiResponse & { body: FixedBody; zips: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { sink } = exchange;
  const encoding: Record<string, string> = zips
    ? { 'content-encoding': 'gzip' }
    : { 'content-length': String(body.byteLength) };
  exchange.sendHead(status, { ...headers, ...encoding }, { isWhole: false });
  const plain = piecesOf(body.chunks);
  const pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = zips
    ? Readable.from(plain, { objectMode: false }).pipe(createGzip({ level: constants.Z_BEST_SPEED }))
    : plain;
  for await (const piece of pieces) {
    if (signal.aborted) return;
    if (!sink.write(piece)) await drained(sink, signal);
  }
  sink.end();
}

function* piecesOf(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let piece: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    piece.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(piece);
    piece = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(piece);
}

async function drained(sink: Writable, signal: AbortSignal): Promise<void> {
  try {
    await once(sink, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
