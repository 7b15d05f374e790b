// How does a load client cost less than the server it loads? It writes HTTP/2 frames that are made once, and looks
// at the answers' frames instead of building messages from them.

import { connect, type TLSSocket } from 'node:tls';
import {
  flags,
  frame,
  headBytes,
  preface,
  settingIds,
  settingsPayload,
  frameTypes as types,
  windowDefault,
  windowMax,
  words,
} from '../../src/base/http2/frames.ts';
import { literal } from '../../src/base/http2/hpack.ts';
import type { TlsIdentity } from '../../src/base/tls.ts';

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
    const settings = settingsPayload([
      [settingIds.enablePush, 0],
      [settingIds.initialWindowSize, windowMax],
    ]);
    socket.write(Buffer.concat([preface, frame(types.settings, settings), windowUpdate(windowMax - windowDefault)]));
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
        if ((flag & flags.ack) === 0) this.#socket.write(frame(types.settings, Buffer.alloc(0), { set: flags.ack }));
        return;
      case types.ping:
        if ((flag & flags.ack) === 0) this.#socket.write(frame(types.ping, payload, { set: flags.ack }));
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
    method === 'GET' ? Buffer.from([0x82]) : literal(':method', method),
    Buffer.from([0x87]),
    literal(':path', path),
    literal(':authority', '127.0.0.1'),
    literal('accept', 'application/json'),
    ...(body ? [literal('content-type', 'application/json'), literal('content-length', String(body.length))] : []),
  ]);
  const end = body ? 0 : flags.endStream;
  const head = frame(types.headers, block, { set: flags.endHeaders | end });
  if (!body) return { bytes: head, streamOffsets: [5] };
  const bytes = Buffer.concat([head, frame(types.data, body, { set: flags.endStream })]);
  return { bytes, streamOffsets: [5, head.length + 5] };
}

function windowUpdate(bytes: number): Buffer {
  return frame(types.windowUpdate, words(bytes));
}
