// What does a connection send next? Heads and control frames at once, bodies in turns, as much as the client's windows
// and the socket take. Everything that comes up in one turn of the event loop leaves in one write.

import type { Duplex } from 'node:stream';
import {
  ConnectionError,
  errorCodes,
  flags,
  frameBytesDefault,
  frameTypes,
  headBytes,
  windowDefault,
  windowMax,
  writeFrameHead,
} from './frames.ts';
import { type AnswerHead, encodeHead } from './hpack.ts';
import { OutBuffer, release, writeBytesMax } from './out-buffer.ts';
import type { Http2Stream } from './stream.ts';

/** Frames that a stream sends before it is the next one's turn. */
const framesPerTurn = 4;
/** A frame is not worth its head if there is less room for it. */
const roomMin = 1024;
/** A client that makes us say this much without reading it is not heard until it does. */
const unsentMax = 1024 * 1024;

export class Sender {
  readonly #socket: Duplex;
  /** Told when a stream's answer has left as a whole. */
  readonly #onSent: (stream: Http2Stream) => void;
  readonly #out = new OutBuffer();
  readonly #turns: Http2Stream[] = [];
  #window = windowDefault;
  #frameBytesMax = frameBytesDefault;
  #isScheduled = false;
  #isWriting = false;

  constructor(socket: Duplex, onSent: (stream: Http2Stream) => void) {
    this.#socket = socket;
    this.#onSent = onSent;
  }

  /** Sends a frame that is no stream's body. */
  control(frame: Uint8Array): void {
    this.#out.append(frame);
    if (this.#out.length > unsentMax) this.#socket.pause();
    this.#schedule();
  }

  /** Sends the head of an answer; it is all of it if nothing is queued and the stream is to end. */
  head(stream: Http2Stream, head: AnswerHead): void {
    const block = encodeHead(head);
    const isWhole = stream.isEnding && stream.outgoing.bytes === 0;
    let type: number = frameTypes.headers;
    let from = 0;
    do {
      const length = Math.min(block.length - from, this.#frameBytesMax);
      const isLast = from + length === block.length;
      const set = (isLast ? flags.endHeaders : 0) | (isWhole && from === 0 ? flags.endStream : 0);
      const { target, at } = this.#out.grow(headBytes + length);
      writeFrameHead(target, at, { length, type, flags: set, stream: stream.id });
      target.set(block.subarray(from, from + length), at + headBytes);
      from += length;
      type = frameTypes.continuation;
    } while (from < block.length);
    this.#schedule();
    if (isWhole) this.#onSent(stream);
  }

  /** The stream has a body to send, or its end. */
  body(stream: Http2Stream): void {
    if (stream.isInTurn) return;
    stream.isInTurn = true;
    this.#turns.push(stream);
    this.#schedule();
  }

  /** The client allows `bytes` more on the connection. Throws ConnectionError if that is more than there may be. */
  widen(bytes: number): void {
    this.#window += bytes;
    if (this.#window > windowMax)
      throw new ConnectionError(errorCodes.flowControlError, 'The window of the connection is too large');
    if (this.#turns.length > 0) this.#schedule();
  }

  set frameBytesMax(bytes: number) {
    // Larger ones only hold up the others.
    this.#frameBytesMax = Math.min(bytes, 4 * frameBytesDefault);
  }

  /** Sends what can be sent now, without waiting for its turn. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#isWriting || this.#socket.destroyed || !this.#socket.writable) return;
    this.#takeTurns();
    if (this.#out.length === 0) return;
    const bytes = this.#out.take();
    this.#isWriting = true;
    this.#socket.write(bytes, () => {
      release(bytes);
      this.#isWriting = false;
      if (this.#socket.isPaused()) this.#socket.resume();
      // Not at once, even if the socket has room: others have their turn between two writes.
      if (this.#out.length > 0 || this.#turns.length > 0) this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  #takeTurns(): void {
    // Streams that can send nothing have had their turn too, so that it ends when that is all of them.
    for (let stuck = 0; stuck < this.#turns.length && this.#out.length + roomMin <= writeBytesMax; ) {
      const stream = this.#turns.shift() as Http2Stream;
      const before = this.#out.length;
      const wantsMore = this.#takeTurn(stream);
      if (wantsMore) this.#turns.push(stream);
      else stream.isInTurn = false;
      stuck = this.#out.length === before && wantsMore ? stuck + 1 : 0;
    }
  }

  /** Sends some of a stream's body; says whether it could send more but for the others and the connection. */
  #takeTurn(stream: Http2Stream): boolean {
    const { outgoing } = stream;
    for (let frames = 0; frames < framesPerTurn; frames++) {
      if (stream.isClosed) return false;
      const room = Math.min(this.#frameBytesMax, writeBytesMax - headBytes - this.#out.length);
      const size = Math.max(0, Math.min(outgoing.bytes, stream.sendWindow, this.#window, room));
      const isLast = stream.isEnding && size === outgoing.bytes;
      if (size === 0 && !isLast) return outgoing.bytes > 0 && stream.sendWindow > 0;
      const { target, at } = this.#out.grow(headBytes + size);
      const set = isLast ? flags.endStream : 0;
      writeFrameHead(target, at, { length: size, type: frameTypes.data, flags: set, stream: stream.id });
      if (size > 0) outgoing.moveTo(target, at + headBytes, size);
      stream.sendWindow -= size;
      this.#window -= size;
      if (isLast) {
        this.#onSent(stream);
        return false;
      }
      stream.sent();
    }
    return outgoing.bytes > 0 && stream.sendWindow > 0;
  }
}
