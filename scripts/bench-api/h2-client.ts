// How does a load client cost less than the server it loads? It writes HTTP/2 frames that are made once, and looks
// at the answers' frames instead of building messages from them.

import { connect, type TLSSocket } from 'node:tls';
import type { TlsIdentity } from '../../src/base/tls.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4 } as const;
const headBytes = 9;
const windowMax = 2 ** 31 - 1;
const firstWindow = 65_535;
/** `:status: 200` in HPACK's static table. */
const status200 = 0x88;

export interface Request {
  method: 'GET' | 'PUT';
  path: string;
  body?: Buffer;
}

/** What a request turned out to be. */
export interface Listener {
  /** The answer's head has come. */
  onHead?: (isOk: boolean) => void;
  onData?: (data: Buffer) => void;
  onEnd: () => void;
}

/** One connection to the server. Requests are made in frames by `encodeRequest`. */
export class RawConnection {
  readonly #socket: TLSSocket;
  readonly #listeners = new Map<number, Listener>();
  readonly #onFailure: (error: Error) => void;
  #rest: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #consumed = 0;

  private constructor(socket: TLSSocket, onFailure: (error: Error) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => onFailure(error));
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(0x2, 0);
    settings.writeUInt16BE(0x4, 6);
    settings.writeUInt32BE(windowMax, 8);
    socket.write(Buffer.concat([preface, frame(types.settings, 0, settings), windowUpdate(windowMax - firstWindow)]));
  }

  /** Connects with a client certificate. Failures after that go to `onFailure`. */
  static open(port: number, tls: TlsIdentity, onFailure: (error: Error) => void): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ...tls, ALPNProtocols: ['h2'] }, () => {
        socket.removeListener('error', reject);
        resolve(new RawConnection(socket, onFailure));
      });
      socket.once('error', reject);
    });
  }

  /** Sends a request; `listener` hears of its answer. */
  send(request: EncodedRequest, listener: Listener): void {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#listeners.set(stream, listener);
    const bytes = Buffer.from(request.bytes);
    for (const offset of request.streamOffsets) bytes.writeUInt32BE(stream, offset);
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (data.length - at >= headBytes) {
      const length = data.readUIntBE(at, 3);
      const end = at + headBytes + length;
      if (end > data.length) break;
      const type = data[at + 3] as number;
      const flag = data[at + 4] as number;
      const stream = data.readUInt32BE(at + 5) & 0x7fffffff;
      this.#accept({ type, flag, stream, payload: data.subarray(at + headBytes, end) });
      at = end;
    }
    this.#rest = at === data.length ? Buffer.alloc(0) : data.subarray(at);
  }

  #accept({ type, flag, stream, payload }: { type: number; flag: number; stream: number; payload: Buffer }): void {
    const listener = this.#listeners.get(stream);
    switch (type) {
      case types.headers:
        listener?.onHead?.(payload[0] === status200);
        break;
      case types.data:
        listener?.onData?.(payload);
        this.#refill(payload.length);
        break;
      case types.settings:
        if ((flag & flags.ack) === 0) this.#socket.write(frame(types.settings, flags.ack, Buffer.alloc(0)));
        return;
      case types.ping:
        if ((flag & flags.ack) === 0) this.#socket.write(frame(types.ping, flags.ack, payload));
        return;
      case types.reset:
      case types.goAway:
        this.#onFailure(
          new Error(`The server broke off: frame type ${type}, code ${payload.readUInt32BE(payload.length - 4)}`),
        );
        return;
      default:
        return;
    }
    if ((flag & flags.endStream) === 0) return;
    this.#listeners.delete(stream);
    listener?.onEnd();
  }

  /** Streams have windows that no test fills; the connection's is filled up again. */
  #refill(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < 2 ** 28) return;
    this.#socket.write(windowUpdate(this.#consumed));
    this.#consumed = 0;
  }
}

/** Frames of a request, with the places where the stream's number goes. */
export interface EncodedRequest {
  bytes: Buffer;
  streamOffsets: number[];
}

/** The frames of one request, with headers that need no table of the connection. */
export function encodeRequest({ method, path, body }: Request): EncodedRequest {
  const block = Buffer.concat([
    method === 'GET' ? Buffer.from([0x82]) : literal(2, method),
    Buffer.from([0x87]),
    literal(4, path),
    literal(1, '127.0.0.1'),
    literal(19, 'application/json'),
    ...(body ? [literal(31, 'application/json'), literal(28, String(body.length))] : []),
  ]);
  const end = body ? 0 : flags.endStream;
  const head = frame(types.headers, flags.endHeaders | end, block);
  if (!body) return { bytes: head, streamOffsets: [5] };
  const bytes = Buffer.concat([head, frame(types.data, flags.endStream, body)]);
  return { bytes, streamOffsets: [5, head.length + 5] };
}

/** A header field without indexing, its name from HPACK's static table (RFC 7541, 6.2.2). */
function literal(nameIndex: number, value: string): Buffer {
  return Buffer.concat([integer(nameIndex, 4), integer(Buffer.byteLength(value), 7), Buffer.from(value)]);
}

function integer(value: number, prefixBits: number): Buffer {
  const max = 2 ** prefixBits - 1;
  if (value < max) return Buffer.from([value]);
  const bytes = [max];
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A frame of the connection as a whole; a request's stream is put in when it is sent. */
function frame(type: number, flag: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flag;
  return Buffer.concat([head, payload]);
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes, 0);
  return frame(types.windowUpdate, 0, payload);
}
