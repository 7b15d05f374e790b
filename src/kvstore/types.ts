// What must a store of revisions do? The contract that memory, LMDB and etcd share;
// `conformance.ts` is its test suite.

/** One key at one revision. */
export interface Entry {
  key: string;
  value: Uint8Array;
  /** Revision of the write that created the key (again, if it had been deleted). */
  createRevision: number;
  /** Revision of the newest write to the key. */
  modRevision: number;
}

export interface PutEvent {
  type: 'put';
  entry: Entry;
  /** The entry before this write; undefined if the write created it. */
  previous: Entry | undefined;
}

export interface DeleteEvent {
  type: 'delete';
  key: string;
  /** Revision of the deletion. */
  revision: number;
  /** The entry that was deleted. */
  previous: Entry;
}

export type StoreEvent = PutEvent | DeleteEvent;

export interface ListOptions {
  prefix: string;
  /** Only keys greater than this one. */
  startAfter?: string;
  /** At most this many entries; no bound if absent. */
  limit?: number;
  /** As of this revision; the newest if absent. Rejects with CompactedError if it is gone. */
  revision?: number;
}

export interface ListResult {
  /** In key order. */
  entries: Entry[];
  /** The revision that the list shows. */
  revision: number;
  /** Are there entries beyond `limit`? */
  more: boolean;
}

export interface WatchOptions {
  prefix: string;
  /** Delivers events with a revision greater than this one. */
  afterRevision: number;
  signal: AbortSignal;
}

/** The result of a compare-and-swap: an expected outcome, so a value and not an error. */
export type WriteResult = { ok: true; revision: number } | { ok: false; current: Entry | undefined };

export interface RevisionStore {
  /** Do other processes write to it too? Then `currentRevision` may lag behind their writes. */
  readonly isShared: boolean;
  /** Revision of the newest write that this process knows of; never goes back, restarts included. */
  currentRevision(): number;
  /** Revision of the newest write that anyone's call acknowledged before this call: what a consistent read must show. */
  latestRevision(): Promise<number>;
  /** Revisions up to this one can't be listed or watched any more. */
  compactedRevision(): number;
  /** Bytes of disk that the state takes; undefined if it is in memory alone. */
  sizeBytes(): Promise<number | undefined>;
  get(key: string, options?: { revision?: number }): Promise<Entry | undefined>;
  list(options: ListOptions): Promise<ListResult>;
  /**
   * Writes `value` if the key's modRevision is `expectedRevision`; 0 means "must not exist".
   * Resolves when the write is durable. Each successful write gets a revision of its own, greater by one.
   */
  put(key: string, value: Uint8Array, expectedRevision: number): Promise<WriteResult>;
  /** Deletes the key if its modRevision is `expectedRevision`. */
  delete(key: string, expectedRevision: number): Promise<WriteResult>;
  /**
   * Every event below `prefix`, in order of revision, without gaps or repeats, in batches.
   * Ends when the signal aborts; throws CompactedError if `afterRevision` is below the compacted revision.
   */
  watch(options: WatchOptions): AsyncIterable<StoreEvent[]>;
  /** Forgets history up to `revision`; the newest value of every key stays. */
  compact(revision: number): Promise<void>;
  /**
   * Forgets history, and lets no later write have a revision up to `revision`: for a store that takes the place of
   * another one, whose clients must not see revisions go back. Call it while nobody else uses the store.
   */
  advanceTo(revision: number): Promise<void>;
  close(): Promise<void>;
}

/** The revision asked for has been compacted. Maps to `Expired` (410) at the API. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';

  constructor(requested: number, compacted: number) {
    super(`Revision ${requested} is gone: history up to ${compacted} has been compacted`);
  }
}
