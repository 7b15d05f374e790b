// What does a server do with one request of HTTP/2? It reads the body as a whole, and answers at once or bit by bit.

import { type ErrorCode, errorCodes, StreamError, windowDefault, windowMax } from './frames.ts';
import type { AnswerHead } from './hpack.ts';
import { OutQueue } from './out-queue.ts';
import type { RequestHeaders } from './request-head.ts';

/** A writer that has more than this unsent is asked to wait. */
const queueBytesMax = 64 * 1024;
/** What a client may send of one body before it is read, or told to go on. */
export const receiveWindow = 1024 * 1024;

/** What a stream needs of its connection. */
export interface StreamHost {
  sendHead(stream: Http2Stream, head: AnswerHead): void;
  /** There is something to send, or an end. */
  sendBody(stream: Http2Stream): void;
  sendReset(stream: Http2Stream, code: ErrorCode): void;
  sendWindow(stream: Http2Stream, bytes: number): void;
}

/** The body is larger than its reader takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

interface BodyReader {
  bytesMax: number;
  resolve: (body: Uint8Array) => void;
  reject: (error: Error) => void;
}

export class Http2Stream {
  readonly id: number;
  readonly headers: RequestHeaders;
  /** Told once, when the stream is over: answered, reset, or gone with its connection. */
  onClose: () => void = () => {};
  /** For the connection: what is to be sent, how much of it may be, and whether the stream waits for its turn. */
  readonly outgoing = new OutQueue();
  sendWindow: number;
  isInTurn = false;

  readonly #host: StreamHost;
  readonly #announced: number | undefined;
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #unacknowledged = 0;
  #isBodyWhole: boolean;
  #isDropping = false;
  #reader: BodyReader | undefined;
  #hasHead = false;
  #isEnding = false;
  #isClosed = false;
  #onDrained: (() => void)[] = [];

  constructor(
    host: StreamHost,
    {
      id,
      headers,
      hasBody,
      sendWindow = windowDefault,
    }: Pick<Http2Stream, 'id' | 'headers'> & { hasBody: boolean; sendWindow?: number },
  ) {
    this.id = id;
    this.headers = headers;
    this.sendWindow = sendWindow;
    this.#host = host;
    this.#isBodyWhole = !hasBody;
    const announced = headers['content-length'];
    this.#announced = announced === undefined ? undefined : Number(announced);
    if (!hasBody) this.#refuseWrongLength();
  }

  /** Has the client sent all that it will? */
  get isBodyWhole(): boolean {
    return this.#isBodyWhole;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Is the answer to end when everything is sent? */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** The whole body. Rejects with BodyTooLargeError, and drops the rest then; and if the stream closes before. Call it once. */
  readBody(bytesMax: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#reader = { bytesMax, resolve, reject };
      this.#read();
    });
  }

  /** The head of the answer; what is written to a stream that is over is lost. */
  respond(head: AnswerHead): void {
    if (this.#hasHead || this.#isClosed) return;
    this.#hasHead = true;
    this.#host.sendHead(this, head);
  }

  /** The whole answer. `chunks` must not change any more. */
  respondWith(head: AnswerHead, chunks: readonly Uint8Array[]): void {
    if (this.#hasHead || this.#isClosed) return;
    this.#hasHead = true;
    this.outgoing.push(chunks);
    this.#isEnding = true;
    this.#host.sendHead(this, head);
    if (this.outgoing.bytes > 0) this.#host.sendBody(this);
  }

  /** Part of the body. False asks the writer to wait until it is `drained`. */
  write(chunk: Uint8Array): boolean {
    if (this.#isClosed || this.#isEnding) return true;
    this.outgoing.push([chunk]);
    this.#host.sendBody(this);
    return this.outgoing.bytes <= queueBytesMax;
  }

  /** Resolves when there is room for more, or the stream is over. */
  drained(): Promise<void> {
    if (this.#isClosed || this.outgoing.bytes <= queueBytesMax) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#host.sendBody(this);
  }

  /** Breaks off: the client sees that the answer is not complete. */
  reset(code: ErrorCode): void {
    if (this.#isClosed) return;
    this.#host.sendReset(this, code);
    this.close();
  }

  /** For the connection: part of the body has come. Throws StreamError if it is not what was announced. */
  receive(data: Uint8Array, windowBytes: number): void {
    if (this.#isBodyWhole) throw new StreamError(errorCodes.streamClosed, 'There is data after the end of a body');
    this.#unacknowledged += windowBytes;
    if (this.#unacknowledged > receiveWindow)
      throw new StreamError(errorCodes.flowControlError, 'There is more data than the window of its stream allows');
    this.#receivedBytes += data.length;
    if (!this.#isDropping && data.length > 0) this.#received.push(data);
    this.#read();
  }

  /** For the connection: the body is whole. Throws StreamError if it is not what was announced. */
  receiveEnd(): void {
    this.#isBodyWhole = true;
    this.#refuseWrongLength();
    this.#read();
  }

  /** For the connection: some of what was queued has left. */
  sent(): void {
    if (this.#onDrained.length === 0 || this.outgoing.bytes > queueBytesMax) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }

  /** For the connection: the client allows `bytes` more, or fewer. Throws StreamError if that is more than there may be. */
  widen(bytes: number): void {
    if (this.sendWindow + bytes > windowMax)
      throw new StreamError(errorCodes.flowControlError, 'The window of a stream is too large');
    this.sendWindow += bytes;
  }

  /** For the connection: it is over. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.outgoing.clear();
    this.#received = [];
    for (const resolve of this.#onDrained.splice(0)) resolve();
    this.#reader?.reject(new Error('The client closed the stream'));
    this.#reader = undefined;
    this.onClose();
  }

  /** Gives the reader what has come, or drops it, and lets the client go on. */
  #read(): void {
    const reader = this.#reader;
    if (reader && this.#receivedBytes > reader.bytesMax) {
      this.#drop();
      reader.reject(new BodyTooLargeError(`The body is larger than ${reader.bytesMax} bytes`));
    } else if (reader && this.#isBodyWhole) {
      this.#reader = undefined;
      const received = this.#received;
      this.#received = [];
      reader.resolve(received.length === 1 ? (received[0] as Uint8Array) : Buffer.concat(received));
      return;
    }
    const isTaken = this.#reader !== undefined || this.#isDropping;
    if (!isTaken || this.#isBodyWhole || this.#unacknowledged < receiveWindow / 2) return;
    this.#host.sendWindow(this, this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #drop(): void {
    this.#isDropping = true;
    this.#received = [];
    this.#reader = undefined;
  }

  #refuseWrongLength(): void {
    if (this.#announced === undefined || this.#announced === this.#receivedBytes) return;
    throw new StreamError(errorCodes.protocolError, `A body has ${this.#receivedBytes} bytes, not ${this.#announced}`);
  }
}
