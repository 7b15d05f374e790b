// What happened last, and what did it leave? The newest events of a store, so that live watchers and the next write of
// the same keys need no disk.

import type { Entry, StoreEvent } from './types.ts';
import { keyOf, revisionOf } from './watch.ts';

interface Left {
  revision: number;
  /** Undefined if the key was deleted. */
  entry: Entry | undefined;
}

/** The newest events without gaps: `length` of them at least, if there were so many, and twice as many at most. */
export class EventTail {
  readonly #length: number;
  readonly #newest = new Map<string, Left>();
  #events: StoreEvent[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  push(events: readonly StoreEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      const entry = event.type === 'put' ? event.entry : undefined;
      this.#newest.set(keyOf(event), { revision: revisionOf(event), entry });
    }
    if (this.#events.length > 2 * this.#length) this.#shorten();
  }

  /** What the newest event of `key` left; undefined if the tail has none. */
  newest(key: string): Pick<Left, 'entry'> | undefined {
    return this.#newest.get(key);
  }

  /** At most `limit` events after `revision`; undefined if the tail does not reach back so far. */
  after(revision: number, limit: number): StoreEvent[] | undefined {
    const [oldest] = this.#events;
    if (!oldest || revisionOf(oldest) > revision + 1) return undefined;
    const start = revision + 1 - revisionOf(oldest);
    return this.#events.slice(start, start + limit);
  }

  clear(): void {
    this.#events = [];
    this.#newest.clear();
  }

  #shorten(): void {
    for (const event of this.#events.slice(0, -this.#length)) {
      const key = keyOf(event);
      if (this.#newest.get(key)?.revision === revisionOf(event)) this.#newest.delete(key);
    }
    this.#events = this.#events.slice(-this.#length);
  }
}
