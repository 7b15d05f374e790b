// Who may send what on a SPDY connection? The server's end: streams that the client opens, pings, flow control.

import {
  type ControlFrame,
  controlFrame,
  dataFrame,
  type Frame,
  FrameReader,
  flagFin,
  frameTypes,
  numberAt,
  numbersFrame,
  resetReasons,
  SpdyError,
} from './frames.ts';
import { HeaderReader, type Headers, HeaderWriter } from './headers.ts';
import { SpdyStream } from './stream.ts';

export interface SpdyOptions {
  /** Sends bytes to the client; `done` is called when more may come. */
  send: (bytes: Buffer, done: () => void) => void;
  onStream: (stream: SpdyStream) => void;
  /** Some reader has enough (true), or all want more (false): the client must be kept from sending. */
  onCongestion: (isCongested: boolean) => void;
}

/** Per stream, as the protocol says. */
const initialWindowBytes = 64 * 1024;
const streamsMax = 1000;
const initialWindowSetting = 7;

interface OpenStream {
  stream: SpdyStream;
  /** Bytes that the client lets us send. */
  window: number;
  waiting: (() => void)[];
  /** Bytes delivered and not yet told to the client. */
  unacknowledged: number;
  isCongested: boolean;
}

export class SpdyConnection {
  readonly #options: SpdyOptions;
  readonly #frames = new FrameReader();
  readonly #headersIn = new HeaderReader();
  readonly #headersOut = new HeaderWriter();
  readonly #streams = new Map<number, OpenStream>();
  #windowBytes = initialWindowBytes;
  /** Go's spdystream never opens a window; only a client that shows that it does is held to its own. */
  #keepsWindows = false;

  constructor(options: SpdyOptions) {
    this.#options = options;
  }

  /** Takes bytes of the client. Throws SpdyError if they break the protocol. */
  receive(bytes: Buffer): void {
    for (const frame of this.#frames.push(bytes)) this.#receiveFrame(frame);
  }

  /** The connection is gone: so are its streams. */
  close(): void {
    for (const { stream } of this.#streams.values()) stream.deliverReset();
  }

  #receiveFrame(frame: Frame): void {
    if (!frame.isControl) {
      this.#receiveData(frame);
      return;
    }
    const { type, payload } = frame;
    switch (type) {
      case frameTypes.synStream:
        this.#open(frame);
        return;
      case frameTypes.rstStream:
        this.#streams.get(numberAt(payload, 0))?.stream.deliverReset();
        return;
      case frameTypes.ping:
        // Ids of the client are odd; even ones answer pings of ours.
        if (numberAt(payload, 0) % 2 === 1) this.#send(numbersFrame(frameTypes.ping, numberAt(payload, 0)));
        return;
      case frameTypes.settings:
        this.#readSettings(payload);
        return;
      case frameTypes.windowUpdate:
        this.#widen(numberAt(payload, 0), numberAt(payload, 4));
        return;
      case frameTypes.headers:
        // Read for the sake of the compression's state; nothing here looks at late headers.
        this.#headersIn.read(payload.subarray(4));
        if ((frame.flags & flagFin) !== 0) this.#streams.get(numberAt(payload, 0))?.stream.deliverEnd();
        return;
      default:
        // GOAWAY says that no new streams come; unknown frames are to be ignored.
        return;
    }
  }

  #open({ payload, flags }: ControlFrame): void {
    const streamId = numberAt(payload, 0);
    const headers = this.#headersIn.read(payload.subarray(10));
    if (streamId % 2 === 0 || this.#streams.has(streamId))
      throw new SpdyError(`stream ${streamId} can't be opened: its number is even or taken`);
    if (this.#streams.size >= streamsMax) {
      this.#send(numbersFrame(frameTypes.rstStream, streamId, resetReasons.refusedStream));
      return;
    }
    const stream = this.#createStream(streamId, headers);
    const reply = Buffer.alloc(4);
    reply.writeUInt32BE(streamId);
    const replied = Buffer.concat([reply, this.#headersOut.write({})]);
    this.#send(controlFrame({ type: frameTypes.synReply, flags: 0, payload: replied }));
    if ((flags & flagFin) !== 0) stream.deliverEnd();
    this.#options.onStream(stream);
  }

  #createStream(streamId: number, headers: Headers): SpdyStream {
    const stream: SpdyStream = new SpdyStream(headers, {
      send: (data, done) => this.#sendData(streamId, data, done),
      sendEnd: () => this.#send(dataFrame({ streamId, flags: flagFin, data: Buffer.alloc(0) })),
      sendReset: () => this.#send(numbersFrame(frameTypes.rstStream, streamId, resetReasons.cancel)),
      consumed: () => this.#acknowledge(streamId),
      closed: () => this.#forget(streamId),
    });
    const window = this.#windowBytes;
    this.#streams.set(streamId, { stream, window, waiting: [], unacknowledged: 0, isCongested: false });
    return stream;
  }

  #receiveData({ streamId, flags, data }: { streamId: number; flags: number; data: Buffer }): void {
    const open = this.#streams.get(streamId);
    if (!open) {
      // It may have been reset while these bytes were on their way.
      if ((flags & flagFin) === 0) this.#send(numbersFrame(frameTypes.rstStream, streamId, resetReasons.invalidStream));
      return;
    }
    open.unacknowledged += data.byteLength;
    if (data.byteLength > 0) {
      open.isCongested = !open.stream.deliver(data);
      if (open.isCongested) this.#options.onCongestion(true);
      else this.#acknowledge(streamId);
    }
    if ((flags & flagFin) !== 0) open.stream.deliverEnd();
  }

  /** Lets the client send what its reader has room for again. */
  #acknowledge(streamId: number): void {
    const open = this.#streams.get(streamId);
    if (!open) return;
    if (open.unacknowledged >= initialWindowBytes / 2) {
      this.#send(numbersFrame(frameTypes.windowUpdate, streamId, open.unacknowledged));
      open.unacknowledged = 0;
    }
    open.isCongested = false;
    this.#relieve();
  }

  #relieve(): void {
    if (![...this.#streams.values()].some(({ isCongested }) => isCongested)) this.#options.onCongestion(false);
  }

  #sendData(streamId: number, data: Buffer, done: () => void): void {
    const open = this.#streams.get(streamId);
    if (!open) {
      done();
      return;
    }
    const room = this.#keepsWindows ? Math.max(0, open.window) : data.byteLength;
    const now = data.subarray(0, room);
    const later = data.subarray(room);
    open.window -= now.byteLength;
    if (later.byteLength > 0) open.waiting.push(() => this.#sendData(streamId, later, done));
    if (now.byteLength > 0)
      this.#options.send(dataFrame({ streamId, flags: 0, data: now }), later.byteLength > 0 ? () => {} : done);
  }

  #readSettings(payload: Buffer): void {
    for (let left = numberAt(payload, 0), at = 4; left > 0; left -= 1, at += 8) {
      if ((numberAt(payload, at) & 0xffffff) !== initialWindowSetting) continue;
      const change = numberAt(payload, at + 4) - this.#windowBytes;
      this.#windowBytes += change;
      this.#keepsWindows = true;
      for (const streamId of this.#streams.keys()) this.#widen(streamId, change);
    }
  }

  #widen(streamId: number, bytes: number): void {
    this.#keepsWindows = true;
    const open = this.#streams.get(streamId);
    if (!open) return;
    open.window += bytes;
    const waiting = open.waiting;
    open.waiting = [];
    for (const retry of waiting) retry();
  }

  #forget(streamId: number): void {
    const open = this.#streams.get(streamId);
    this.#streams.delete(streamId);
    for (const retry of open?.waiting ?? []) retry();
    this.#relieve();
  }

  #send(bytes: Buffer): void {
    this.#options.send(bytes, () => {});
  }
}
