// What is one exchange over HTTP/1.1? Node's request and response.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLargeError } from '../../base/http2/stream.ts';
import { type Exchange, type Head, moreOf, type Peer } from './exchange.ts';
import { piecesOf } from './pieces.ts';

/** Answers above this are sent in pieces. */
const wholeBytesMax = 1024 * 1024;

export function http1Exchange(request: IncomingMessage, response: ServerResponse, peer: Peer): Exchange {
  let onClose = (): void => {};
  response.once('close', () => onClose());
  // Without listeners a connection that breaks would be an uncaught error; 'close' follows and says all.
  response.on('error', () => {});
  request.on('error', () => {});
  const drained = (): Promise<void> => untilDrained(response);
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers as Record<string, string>,
    peer,
    readBody: (bytesMax) => readBody(request, bytesMax),
    isBodyWhole: () => false,
    sendHead: (head) => {
      putMore(response, head);
      response.writeHead(head.status, inBytes(head.headers));
      response.flushHeaders();
    },
    sendWhole: (head, chunks) => {
      putMore(response, head);
      response.writeHead(head.status, inBytes(head.headers));
      return sendWhole(response, chunks);
    },
    write: (chunk) => response.write(chunk),
    drained,
    end: () => void response.end(),
    destroy: () => void response.destroy(),
    onClose: (listener) => {
      onClose = listener;
    },
  };
}

const beyondAscii = /[^\t\x20-\x7e]/;

/** Node writes one byte for each character: what is not ASCII goes as the bytes of its UTF-8, as Go writes it. */
function inBytes(headers: Record<string, string>): Record<string, string> {
  if (!Object.values(headers).some((value) => beyondAscii.test(value))) return headers;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')] as const),
  );
}

function putMore(response: ServerResponse, head: Head): void {
  for (const [name, value] of Object.entries(moreOf(head))) response.setHeader(name, value);
}

function sendWhole(response: ServerResponse, chunks: readonly Uint8Array[]): Promise<void> | void {
  const bytes = chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
  if (bytes > wholeBytesMax) return sendPieces(response, chunks);
  response.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}

async function sendPieces(response: ServerResponse, chunks: readonly Uint8Array[]): Promise<void> {
  for (const piece of piecesOf(chunks)) {
    if (response.destroyed) return;
    if (!response.write(piece)) await untilDrained(response);
  }
  response.end();
}

function untilDrained(response: ServerResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      response.removeListener('drain', settle);
      response.removeListener('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The request must outlive a refusal: the answer goes out on the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bytesMax) {
      // What is left is thrown away, so that the client gets to read the answer.
      request.resume();
      throw new BodyTooLargeError(`The body is larger than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}
