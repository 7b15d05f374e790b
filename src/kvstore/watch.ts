// How does a watcher see every event exactly once? It keeps a position, reads what lies
// behind it, and sleeps only when there is nothing: replay and live are the same loop.

import { CompactedError, type StoreEvent, type WatchOptions } from './types.ts';

/** What a watch reads from. */
export interface EventSource {
  currentRevision(): number;
  compactedRevision(): number;
  /** Events with a revision greater than `revision`, in order, all keys; at least one if there is one, at most `limit`. */
  eventsAfter(revision: number, limit: number): StoreEvent[];
  readonly changes: Notifier;
}

/** Wakes everybody who waits when something new was stored, and for good when the store closes. */
export class Notifier {
  readonly #waiting = new Set<() => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  notify(): void {
    for (const wake of this.#waiting) wake();
  }

  close(): void {
    this.#closed = true;
    this.notify();
  }

  /** Resolves at the next notice, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

const batchLimit = 500;

/** The revision of an event, whichever its type. */
export function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.entry.modRevision : event.revision;
}

/** The key of an event, whichever its type. */
export function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

/** Implements `RevisionStore.watch` over a source. Ends when the signal aborts or the store closes. */
export async function* watchEvents(source: EventSource, options: WatchOptions): AsyncGenerator<StoreEvent[]> {
  const { prefix, afterRevision, signal } = options;
  let position = afterRevision;
  while (!signal.aborted && !source.changes.closed) {
    // Compaction may overtake a slow reader: the gap must be told, not skipped.
    if (position < source.compactedRevision()) throw new CompactedError(position, source.compactedRevision());
    if (position >= source.currentRevision()) {
      await source.changes.wait(signal);
      continue;
    }
    const events = source.eventsAfter(position, batchLimit);
    const last = events.at(-1);
    if (last) position = revisionOf(last);
    const matching = events.filter((event) => keyOf(event).startsWith(prefix));
    if (matching.length > 0) yield matching;
  }
}
