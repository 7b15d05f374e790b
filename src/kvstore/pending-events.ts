// What does a store hold that LMDB does not have yet? The events of its log, over what LMDB shows.

import { compareKeys } from './key-order.ts';
import type { Entry, ListOptions, ListResult, StoreEvent } from './types.ts';
import { keyOf, revisionOf } from './watch.ts';

/** What was written together. */
export interface PendingBatch {
  events: readonly StoreEvent[];
  /** As the log has it; absent if it was given away, or is still to be made. */
  record?: Uint8Array | undefined;
}

/** The events after what LMDB has, in order. */
export class PendingEvents {
  #events: StoreEvent[] = [];
  #batches: PendingBatch[] = [];
  #bytes = 0;

  get events(): readonly StoreEvent[] {
    return this.#events;
  }

  /** Of their values. */
  get bytes(): number {
    return this.#bytes;
  }

  push(batch: PendingBatch): void {
    for (const event of batch.events) this.#events.push(event);
    this.#batches.push(batch);
    this.#bytes += bytesOf(batch.events);
  }

  /** The oldest batches. Not more than `limit`, but one at least if there is one. */
  oldest(limit: { events: number; bytes: number }): PendingBatch[] {
    const found: PendingBatch[] = [];
    let left = limit;
    for (const batch of this.#batches) {
      left = { events: left.events - batch.events.length, bytes: left.bytes - bytesOf(batch.events) };
      if (found.length > 0 && (left.events < 0 || left.bytes < 0)) break;
      found.push(batch);
    }
    return found;
  }

  /** LMDB has `batches`, which are the oldest. */
  drop(batches: readonly PendingBatch[]): void {
    this.#batches = this.#batches.slice(batches.length);
    this.#events = this.#events.slice(batches.reduce((count, { events }) => count + events.length, 0));
    for (const { events } of batches) this.#bytes -= bytesOf(events);
  }
}

/** Of the values that events leave. */
export function bytesOf(events: readonly StoreEvent[]): number {
  let bytes = 0;
  for (const event of events) if (event.type === 'put') bytes += event.entry.value.byteLength;
  return bytes;
}

/** What `events` after one revision and up to another left of each key below a prefix: no entry if it was deleted. */
export function changesOf(
  events: readonly StoreEvent[],
  { after, upTo, prefix, startAfter }: { after: number; upTo: number; prefix: string; startAfter?: string | undefined },
): Map<string, Entry | undefined> {
  const changes = new Map<string, Entry | undefined>();
  for (const event of events) {
    const [key, revision] = [keyOf(event), revisionOf(event)];
    if (revision <= after || revision > upTo || !key.startsWith(prefix)) continue;
    if (startAfter === undefined || compareKeys(key, startAfter) > 0)
      changes.set(key, event.type === 'put' ? event.entry : undefined);
  }
  return changes;
}

/** A list with changes over it. `read` gives at most so many entries as there were before, in key order. */
export function listOver(
  changes: ReadonlyMap<string, Entry | undefined>,
  { limit = Number.POSITIVE_INFINITY }: Pick<ListOptions, 'limit'>,
  read: (limit: number) => ListResult,
): Pick<ListResult, 'entries' | 'more'> {
  if (changes.size === 0) return read(limit);
  // Each deletion may take one away, so that another one follows.
  const deletions = [...changes.values()].filter((entry) => entry === undefined).length;
  const before = read(limit + deletions);
  const kept = before.entries.filter(({ key }) => !changes.has(key));
  const last = before.more ? before.entries.at(-1)?.key : undefined;
  // What lies beyond the entries that were read follows on others that were not.
  const changed = [...changes.values()].filter(
    (entry): entry is Entry => entry !== undefined && (last === undefined || compareKeys(entry.key, last) <= 0),
  );
  const entries = inserted(kept, changed);
  return { entries: entries.slice(0, limit), more: before.more || entries.length > limit };
}

/** `more`, which are few, put into `entries`, which are in key order. */
function inserted(entries: readonly Entry[], more: readonly Entry[]): Entry[] {
  const result: Entry[] = [];
  let from = 0;
  for (const entry of more.toSorted((left, right) => compareKeys(left.key, right.key))) {
    const to = firstAfter(entries, entry.key, from);
    for (let index = from; index < to; index++) result.push(entries[index] as Entry);
    result.push(entry);
    from = to;
  }
  return [...result, ...entries.slice(from)];
}

/** The index of the first entry from `from` on whose key is greater than `key`. */
function firstAfter(entries: readonly Entry[], key: string, from: number): number {
  let [low, high] = [from, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(entries[middle]?.key ?? '', key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
