// When is a request handed on? Once all that came with it is read: small bodies are whole then, and who took the request
// back is gone.

import type { Http2Stream } from './stream.ts';

/** The requests of one connection that nobody has heard of yet. */
export class OpenedStreams {
  readonly #handOn: (stream: Http2Stream) => void;
  #streams: Http2Stream[] = [];
  #isScheduled = false;

  constructor(handOn: (stream: Http2Stream) => void) {
    this.#handOn = handOn;
  }

  add(stream: Http2Stream): void {
    this.#streams.push(stream);
  }

  /** Some bytes are read. What one turn of the event loop reads comes in pieces: a body that they cut has until the next turn. */
  handOn(): void {
    if (this.#streams.length === 0) return;
    const partial: Http2Stream[] = [];
    for (const stream of this.#streams) {
      if (stream.isClosed) continue;
      if (stream.isBodyWhole) this.#handOn(stream);
      else partial.push(stream);
    }
    this.#streams = partial;
    if (partial.length === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#handOnRest());
  }

  #handOnRest(): void {
    this.#isScheduled = false;
    for (const stream of this.#streams.splice(0)) if (!stream.isClosed) this.#handOn(stream);
  }
}
