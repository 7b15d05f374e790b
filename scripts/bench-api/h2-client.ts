// How does a load client cost less than the server it loads? It writes HTTP/2 frames that are made once, all of a turn
// of the event loop together, reads into the same memory again and again, and looks at the answers' frames instead of
// building messages from them.

import type { OnReadOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import {
  flags,
  frame,
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
import { FrameCutter, type FrameHead } from './frame-cutter.ts';

/** `:status: 200` in HPACK's static table. */
const status200 = 0x88;

export interface Request {
  method: 'GET' | 'PUT';
  path: string;
  body?: Buffer;
}

/** Where the number of its bytes stands in an answer's head: a literal whose name is the 28th of the static table. */
const contentLength = Buffer.from([0x0f, 28 - 15]);

/** What a request turned out to be. */
export interface Listener {
  /** The answer's head has come; `bytes` is what it says of its body's length. */
  onHead?: (isOk: boolean, bytes: number | undefined) => void;
  /** Part of the body, good for this call only. */
  onData?: (data: Buffer) => void;
  onEnd: () => void;
}

const readBytes = 64 * 1024;

/** One connection to the server. Requests are made in frames by `encodeRequest`. */
export class RawConnection {
  readonly #socket: TLSSocket;
  readonly #listeners = new Map<number, Listener>();
  readonly #onFailure: (error: Error) => void;
  readonly #cutter: FrameCutter;
  #unsent: Buffer[] = [];
  #nextStream = 1;
  #consumed = 0;

  private constructor(socket: TLSSocket, onFailure: (error: Error) => void) {
    this.#socket = socket;
    this.#onFailure = onFailure;
    this.#cutter = new FrameCutter({
      onFrame: (head, payload) => this.#accept(head, payload),
      onData: (number, data, isEnd) => this.#acceptData(number, data, isEnd),
    });
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
      let connection: RawConnection | undefined;
      const onread: OnReadOpts = {
        buffer: Buffer.alloc(readBytes),
        callback: (bytes, buffer) => {
          if (connection) connection.#cutter.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
          return true;
        },
      };
      // The types of tls.connect lack what it passes on to the socket.
      const options: ConnectionOptions & { onread: OnReadOpts } = { host: '127.0.0.1', port, ...tls, onread };
      const socket = connect({ ...options, ALPNProtocols: ['h2'] }, () => {
        socket.removeListener('error', reject);
        connection = new RawConnection(socket, onFailure);
        resolve(connection);
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
    this.#write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Requests that follow the answers of one turn leave together, as `h2load` sends them. */
  #write(bytes: Buffer): void {
    if (this.#unsent.push(bytes) > 1) return;
    setImmediate(() => this.#socket.write(Buffer.concat(this.#unsent.splice(0))));
  }

  #accept({ type, flag, stream }: FrameHead, payload: Buffer): void {
    const listener = this.#listeners.get(stream);
    switch (type) {
      case types.headers:
        listener?.onHead?.(payload[0] === status200, bodyBytesOf(payload));
        break;
      case types.settings:
        if ((flag & flags.ack) === 0) this.#write(frame(types.settings, Buffer.alloc(0), { set: flags.ack }));
        return;
      case types.ping:
        if ((flag & flags.ack) === 0) this.#write(frame(types.ping, payload, { set: flags.ack }));
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
    if ((flag & flags.endStream) !== 0) this.#end(stream);
  }

  #acceptData(stream: number, data: Buffer, isEnd: boolean): void {
    this.#listeners.get(stream)?.onData?.(data);
    this.#refill(data.length);
    if (isEnd) this.#end(stream);
  }

  #end(stream: number): void {
    const listener = this.#listeners.get(stream);
    this.#listeners.delete(stream);
    listener?.onEnd();
  }

  /** Streams have windows that no test fills; the connection's is filled up again. */
  #refill(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < 2 ** 28) return;
    this.#write(windowUpdate(this.#consumed));
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

/** What the head of an answer says of its body's length; undefined if it says nothing. */
function bodyBytesOf(block: Buffer): number | undefined {
  const at = block.indexOf(contentLength);
  if (at < 0) return undefined;
  const start = at + contentLength.length + 1;
  return Number(block.toString('latin1', start, start + (block[start - 1] as number)));
}

function windowUpdate(bytes: number): Buffer {
  return frame(types.windowUpdate, words(bytes));
}
