// A store of revisions that forgets everything when the process ends: for tests and the simulation.

import type { Entry, ListOptions, ListResult, RevisionStore, StoreEvent, WatchOptions, WriteResult } from './types.ts';
import { CompactedError } from './types.ts';
import { type EventSource, Notifier, revisionOf, watchEvents } from './watch.ts';

export interface MemoryStoreOptions {
  /** History is compacted by itself to about this many revisions. */
  keepRevisions?: number;
}

/** A RevisionStore in memory. */
export function memoryStore({ keepRevisions = 10_000 }: MemoryStoreOptions = {}): RevisionStore {
  return new MemoryStore(keepRevisions);
}

class MemoryStore implements RevisionStore, EventSource {
  readonly isShared = false;
  readonly changes = new Notifier();
  readonly #keepRevisions: number;
  readonly #latest = new Map<string, Entry>();
  /** Events after the compacted revision; revisions are dense, so an index is a revision. */
  #history: StoreEvent[] = [];
  #revision = 0;
  #compacted = 0;

  constructor(keepRevisions: number) {
    this.#keepRevisions = keepRevisions;
  }

  currentRevision(): number {
    return this.#revision;
  }

  sizeBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  latestRevision(): Promise<number> {
    return Promise.resolve(this.#revision);
  }

  compactedRevision(): number {
    return this.#compacted;
  }

  async get(key: string, { revision }: { revision?: number } = {}): Promise<Entry | undefined> {
    return this.#asOf(revision).get(key);
  }

  async list({ prefix, startAfter, limit, revision }: ListOptions): Promise<ListResult> {
    const all = [...this.#asOf(revision).values()]
      .filter(({ key }) => key.startsWith(prefix) && (startAfter === undefined || key > startAfter))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const entries = all.slice(0, limit ?? all.length);
    return {
      entries,
      revision: Math.min(revision ?? this.#revision, this.#revision),
      more: entries.length < all.length,
    };
  }

  async put(key: string, value: Uint8Array, expectedRevision: number): Promise<WriteResult> {
    const previous = this.#latest.get(key);
    if ((previous?.modRevision ?? 0) !== expectedRevision) return { ok: false, current: previous };
    const revision = this.#revision + 1;
    const entry: Entry = { key, value, createRevision: previous?.createRevision ?? revision, modRevision: revision };
    this.#latest.set(key, entry);
    return this.#record({ type: 'put', entry, previous });
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    const previous = this.#latest.get(key);
    if (!previous || previous.modRevision !== expectedRevision) return { ok: false, current: previous };
    this.#latest.delete(key);
    return this.#record({ type: 'delete', key, revision: this.#revision + 1, previous });
  }

  watch(options: WatchOptions): AsyncIterable<StoreEvent[]> {
    return watchEvents(this, options);
  }

  eventsAfter(revision: number, limit: number): StoreEvent[] {
    const start = revision - this.#compacted;
    return this.#history.slice(start, start + limit);
  }

  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, this.#revision);
    if (target <= this.#compacted) return;
    this.#history = this.#history.slice(target - this.#compacted);
    this.#compacted = target;
  }

  async advanceTo(revision: number): Promise<void> {
    if (revision <= this.#revision) return;
    this.#history = [];
    this.#revision = revision;
    this.#compacted = revision;
    this.changes.notify();
  }

  async close(): Promise<void> {
    this.changes.close();
  }

  #record(event: StoreEvent): WriteResult {
    this.#history.push(event);
    this.#revision = revisionOf(event);
    // Twice the bound before compaction, so that its cost is spread over many writes.
    if (this.#history.length > 2 * this.#keepRevisions) void this.compact(this.#revision - this.#keepRevisions);
    this.changes.notify();
    return { ok: true, revision: this.#revision };
  }

  /** The newest state with every event after `revision` undone. */
  #asOf(revision: number | undefined): Map<string, Entry> {
    if (revision === undefined || revision >= this.#revision) return this.#latest;
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    const state = new Map(this.#latest);
    for (const event of this.#history.slice(revision - this.#compacted).reverse()) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      if (event.previous) state.set(key, event.previous);
      else state.delete(key);
    }
    return state;
  }
}
