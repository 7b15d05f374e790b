// What is one exchange over HTTP/2? A stream of a connection.

import { type Clock, httpDate } from '../../base/clock.ts';
import { errorCodes } from '../../base/http2/frames.ts';
import type { Http2Stream } from '../../base/http2/stream.ts';
import { type Exchange, type Head, moreOf, type Peer } from './exchange.ts';

/** One stream as an exchange. */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly peer: Peer;
  readonly #stream: Http2Stream;
  readonly #clock: Clock;

  constructor(stream: Http2Stream, peer: Peer, clock: Clock) {
    const { headers } = stream;
    this.method = headers[':method'] as string;
    this.path = headers[':path'] as string;
    this.headers = headers;
    this.peer = peer;
    this.#stream = stream;
    this.#clock = clock;
  }

  readBody(bytesMax: number): Promise<Uint8Array> {
    return this.#stream.readBody(bytesMax);
  }

  isBodyWhole(): boolean {
    return this.#stream.isBodyWhole;
  }

  sendHead(head: Head): void {
    const { status, headers } = head;
    this.#stream.respond({ status, headers, more: this.#moreOf(head) });
  }

  sendWhole(head: Head, chunks: readonly Uint8Array[]): void {
    const { status, headers } = head;
    this.#stream.respondWith({ status, headers, more: this.#moreOf(head) }, chunks);
  }

  #moreOf(head: Head): Record<string, string> {
    const more = moreOf(head);
    more['date'] = httpDate(this.#clock.now());
    return more;
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.write(chunk);
  }

  drained(): Promise<void> {
    return this.#stream.drained();
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.reset(errorCodes.cancel);
  }

  onClose(listener: () => void): void {
    this.#stream.onClose = listener;
  }
}
