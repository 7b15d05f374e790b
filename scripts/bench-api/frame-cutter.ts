// Where do frames begin and end in what a connection reads, when its memory is used again for what it reads next?

import { flags, frameTypes, headBytes } from '../../src/base/http2/frames.ts';

export interface FrameHead {
  type: number;
  flag: number;
  stream: number;
}

/** What is handed on is good for the call only. */
export interface FrameSink {
  /** A frame that is whole; none with data. */
  onFrame: (head: FrameHead, payload: Buffer) => void;
  /** Data as it comes, in pieces that are no frames. `isEnd` if the stream has no more. */
  onData: (stream: number, data: Buffer, isEnd: boolean) => void;
}

const nothing = Buffer.alloc(0);

export class FrameCutter {
  readonly #sink: FrameSink;
  /** The beginning of a frame that is not whole, or of its head. */
  #rest: Buffer = nothing;
  /** How much is missing of the frame whose data come now. */
  #dataLeft = 0;
  #dataStream = 0;
  #endsStream = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#dataLeft > 0) at = this.#takeData(chunk, at);
      else if (this.#rest.length > 0) at = this.#complete(chunk, at);
      else at = this.#takeFrame(chunk, at);
    }
  }

  #takeData(chunk: Buffer, at: number): number {
    const next = Math.min(chunk.length, at + this.#dataLeft);
    this.#dataLeft -= next - at;
    this.#sink.onData(this.#dataStream, chunk.subarray(at, next), this.#dataLeft === 0 && this.#endsStream);
    return next;
  }

  #complete(chunk: Buffer, at: number): number {
    const rest = this.#rest;
    const wanted = rest.length < headBytes ? headBytes : headBytes + rest.readUIntBE(0, 3);
    const next = Math.min(chunk.length, at + wanted - rest.length);
    this.#rest = nothing;
    this.#takeFrame(Buffer.concat([rest, chunk.subarray(at, next)]), 0);
    return next;
  }

  /** Takes the frame that begins at `at`, or the head of one with data, or keeps what there is of it. Gives where the next one begins. */
  #takeFrame(bytes: Buffer, at: number): number {
    const start = at + headBytes;
    if (start > bytes.length) return this.#keep(bytes, at);
    const length = bytes.readUIntBE(at, 3);
    const head = { type: bytes[at + 3] as number, flag: bytes[at + 4] as number, stream: streamOf(bytes, at) };
    if (head.type === frameTypes.data) {
      this.#dataLeft = length;
      this.#dataStream = head.stream;
      this.#endsStream = (head.flag & flags.endStream) !== 0;
      if (length === 0) this.#sink.onData(head.stream, nothing, this.#endsStream);
      return start;
    }
    if (start + length > bytes.length) return this.#keep(bytes, at);
    this.#sink.onFrame(head, bytes.subarray(start, start + length));
    return start + length;
  }

  #keep(bytes: Buffer, at: number): number {
    this.#rest = Buffer.from(bytes.subarray(at));
    return bytes.length;
  }
}

function streamOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 5) & 0x7fffffff;
}
