// What is one stream of a SPDY connection? A duplex: its end is a FIN, its destruction a RST_STREAM.

import { Duplex } from 'node:stream';
import type { Headers } from './headers.ts';

/** What a stream needs of its connection. */
export interface StreamPort {
  /** Sends data; `done` is called when more may come. */
  send(data: Buffer, done: () => void): void;
  sendEnd(): void;
  sendReset(): void;
  /** The reader took `bytes`; 0 says that it wants more. */
  consumed(bytes: number): void;
  closed(): void;
}

const chunkBytes = 32 * 1024;

export class SpdyStream extends Duplex {
  readonly headers: Headers;
  readonly #port: StreamPort;
  #isReset = false;

  constructor(headers: Headers, port: StreamPort) {
    super({ allowHalfOpen: true });
    this.headers = headers;
    this.#port = port;
    // Who uses the stream learns of its end by 'close'; an error without listener would end the process.
    this.on('error', () => {});
  }

  /** Data of the peer. False if the reader has enough for now. */
  deliver(data: Buffer): boolean {
    return this.destroyed || this.push(data);
  }

  /** The peer sends nothing more. */
  deliverEnd(): void {
    if (!this.destroyed) this.push(null);
  }

  /** The peer gave the stream up, or the connection is gone. */
  deliverReset(): void {
    this.#isReset = true;
    this.destroy();
  }

  override _read(): void {
    this.#port.consumed(0);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#port.send(chunk.subarray(0, chunkBytes), () => {
      if (chunk.byteLength > chunkBytes) this._write(chunk.subarray(chunkBytes), _encoding, done);
      else done();
    });
  }

  override _final(done: () => void): void {
    this.#port.sendEnd();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isWhole = this.readableEnded && this.writableFinished;
    if (!isWhole && !this.#isReset) this.#port.sendReset();
    this.#port.closed();
    done(error);
  }
}
