// How can a store hand out revisions beyond its own? By an offset that is added to each: for an etcd that took the
// place of a store with a longer past, because etcd's own revisions can't be raised.

import {
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type RevisionStore,
  type StoreEvent,
  type WatchOptions,
  type WriteResult,
} from './types.ts';

export interface ShiftOptions {
  offset: number;
  /** Makes a new offset last: the next who opens the store must be given it. */
  persist: (offset: number) => Promise<void>;
}

/** `inner` with `offset` added to all its revisions. */
export function shiftedStore(inner: RevisionStore, options: ShiftOptions): RevisionStore {
  return new ShiftedStore(inner, options);
}

class ShiftedStore implements RevisionStore {
  readonly isShared: boolean;
  readonly #inner: RevisionStore;
  readonly #persist: (offset: number) => Promise<void>;
  #offset: number;

  constructor(inner: RevisionStore, { offset, persist }: ShiftOptions) {
    this.isShared = inner.isShared;
    this.#inner = inner;
    this.#offset = offset;
    this.#persist = persist;
  }

  currentRevision(): number {
    return this.#outward(this.#inner.currentRevision());
  }

  async latestRevision(): Promise<number> {
    return this.#outward(await this.#inner.latestRevision());
  }

  compactedRevision(): number {
    return this.#outward(this.#inner.compactedRevision());
  }

  sizeBytes(): Promise<number | undefined> {
    return this.#inner.sizeBytes();
  }

  async get(key: string, { revision }: { revision?: number } = {}): Promise<Entry | undefined> {
    return this.#entry(await this.#inner.get(key, revision === undefined ? {} : { revision: this.#inward(revision) }));
  }

  async list({ revision, ...options }: ListOptions): Promise<ListResult> {
    const at = revision === undefined ? {} : { revision: this.#inward(revision) };
    const list = await this.#inner.list({ ...options, ...at });
    const entries = list.entries.map((entry) => this.#entry(entry));
    return { ...list, revision: this.#outward(list.revision), entries };
  }

  async put(key: string, value: Uint8Array, expectedRevision: number): Promise<WriteResult> {
    return this.#result(await this.#inner.put(key, value, this.#expected(expectedRevision)));
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    return this.#result(await this.#inner.delete(key, this.#expected(expectedRevision)));
  }

  async *watch(options: WatchOptions): AsyncIterable<StoreEvent[]> {
    const afterRevision = this.#inward(options.afterRevision);
    for await (const batch of this.#inner.watch({ ...options, afterRevision }))
      yield batch.map((event) => this.#event(event));
  }

  compact(revision: number): Promise<void> {
    return this.#inner.compact(Math.max(0, revision - this.#offset));
  }

  async advanceTo(revision: number): Promise<void> {
    const newest = await this.#inner.latestRevision();
    const offset = Math.max(this.#offset, revision - newest);
    await this.#persist(offset);
    await this.#inner.compact(await this.#inner.latestRevision());
    this.#offset = offset;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #outward(revision: number): number {
    return Math.max(0, revision + this.#offset);
  }

  /** Throws CompactedError for a revision of the time before this store. */
  #inward(revision: number): number {
    const inner = revision - this.#offset;
    // Revision 0 of the store itself is no revision to read at, but one to watch from.
    if (inner < 0 || (inner === 0 && this.#offset > 0)) throw new CompactedError(revision, this.compactedRevision());
    return inner;
  }

  /** No write has a revision of the time before: one that is expected there matches nothing. */
  #expected(revision: number): number {
    if (revision === 0) return 0;
    const inner = revision - this.#offset;
    return inner > 0 ? inner : Number.MAX_SAFE_INTEGER;
  }

  #entry<T extends Entry | undefined>(entry: T): T {
    if (!entry || this.#offset === 0) return entry;
    const createRevision = this.#outward(entry.createRevision);
    return { ...entry, createRevision, modRevision: this.#outward(entry.modRevision) };
  }

  #event(event: StoreEvent): StoreEvent {
    if (this.#offset === 0) return event;
    const previous = this.#entry(event.previous);
    return event.type === 'put'
      ? { type: 'put', entry: this.#entry(event.entry), previous }
      : { ...event, revision: this.#outward(event.revision), previous: previous as Entry };
  }

  #result(result: WriteResult): WriteResult {
    return result.ok
      ? { ok: true, revision: this.#outward(result.revision) }
      : { ok: false, current: this.#entry(result.current) };
  }
}
