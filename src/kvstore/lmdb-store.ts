// A store of revisions in one folder, durable before it answers.
//
// One process writes, and one batch at a time is under way: whether a write succeeds is decided against what is
// committed plus what the batch holds. Meanwhile others queue up and become the next batch, so that many share one flush.
// A batch takes no more than its flush is worth (`batchLimit`): answers of one go out while the next is flushed.

import type { RootDatabase } from 'lmdb';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { EventTail } from './event-tail.ts';
import { batchLimit, type Decision, decideBatch, type PendingWrite } from './lmdb-batch.ts';
import { type CommitError, failureOfCommit } from './lmdb-failure.ts';
import { type OpenTables, openTables } from './lmdb-open.ts';
import { MappedPages } from './lmdb-pages.ts';
import { LmdbReader, type LmdbTables } from './lmdb-reader.ts';
import {
  decodeHistory,
  encodeHistory,
  encodeLatest,
  encodeVersion,
  revisionKey,
  revisionOfKey,
  versionKey,
} from './lmdb-records.ts';
import type { Entry, ListOptions, ListResult, RevisionStore, StoreEvent, WatchOptions, WriteResult } from './types.ts';
import { type EventSource, keyOf, Notifier, revisionOf, watchEvents } from './watch.ts';

export interface LmdbStoreOptions {
  /** Folder of the store; made if it is missing. Only one process may write to it. */
  path: string;
  log: Logger;
  /** History is compacted by itself to about this many revisions. */
  keepRevisions?: number;
  /** Times flushes; the system's unless told otherwise. */
  clock?: Clock;
}

const compactionChunk = 500;
const tailLength = 2_000;

/**
 * Opens the store, or makes an empty one. Rejects with UnsupportedFormatError or CorruptStoreError,
 * and has then changed nothing.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<RevisionStore> {
  const { path, log, keepRevisions = 50_000, clock = systemClock } = options;
  const store = new LmdbStore({ path, log, keepRevisions, clock, ...(await openTables(path)) });
  log.info('Opened the state', { path, revision: store.currentRevision(), compacted: store.compactedRevision() });
  return store;
}

interface Batch extends Decision {
  compactTo: number;
}

class LmdbStore implements RevisionStore, EventSource {
  readonly isShared = false;
  readonly changes = new Notifier();
  readonly #root: RootDatabase;
  readonly #tables: LmdbTables;
  readonly #reader: LmdbReader;
  readonly #path: string;
  readonly #pages: MappedPages;
  readonly #keepRevisions: number;
  readonly #clock: Clock;
  readonly #queue: PendingWrite[] = [];
  readonly #tail = new EventTail(tailLength);
  #revision: number;
  #compacted: number;
  #compactionTarget = 0;
  #writing: Promise<void> | undefined;
  #lastFlushMs = 0;

  constructor({ path, log, root, tables, keepRevisions, clock }: Required<LmdbStoreOptions> & OpenTables) {
    this.#path = path;
    this.#pages = new MappedPages(path, log);
    this.#root = root;
    this.#tables = tables;
    this.#keepRevisions = keepRevisions;
    this.#clock = clock;
    this.#reader = new LmdbReader(tables);
    this.#revision = tables.meta.get('revision') ?? 0;
    this.#compacted = tables.meta.get('compacted') ?? 0;
  }

  currentRevision(): number {
    return this.#revision;
  }

  latestRevision(): Promise<number> {
    return Promise.resolve(this.#revision);
  }

  compactedRevision(): number {
    return this.#compacted;
  }

  async get(key: string, { revision }: { revision?: number } = {}): Promise<Entry | undefined> {
    return revision === undefined ? this.#newest(key) : this.#reader.get(key, revision);
  }

  async list(options: ListOptions): Promise<ListResult> {
    const found = this.#reader.list(options);
    this.#pages.wereRead(found.entries, { isIdle: this.#writing === undefined });
    return found;
  }

  put(key: string, value: Uint8Array, expectedRevision: number): Promise<WriteResult> {
    return this.#enqueue(key, value, expectedRevision);
  }

  delete(key: string, expectedRevision: number): Promise<WriteResult> {
    return this.#enqueue(key, undefined, expectedRevision);
  }

  watch(options: WatchOptions): AsyncIterable<StoreEvent[]> {
    return watchEvents(this, options);
  }

  eventsAfter(revision: number, limit: number): StoreEvent[] {
    return this.#tail.after(revision, limit) ?? this.#reader.eventsAfter({ revision, limit, upTo: this.#revision });
  }

  async compact(revision: number): Promise<void> {
    this.#compactionTarget = Math.max(this.#compactionTarget, Math.min(revision, this.#revision));
    await (this.#writing ??= this.#write());
  }

  async advanceTo(revision: number): Promise<void> {
    await this.#writing;
    if (revision <= this.#revision) return;
    const { meta, history, versions } = this.#tables;
    await this.#durably(() => {
      for (const table of [history, versions]) for (const key of table.getKeys({})) quietly(table.remove(key));
      quietly(meta.put('revision', revision));
      quietly(meta.put('compacted', revision));
    });
    this.#revision = revision;
    this.#compacted = revision;
    this.#tail.clear();
    this.changes.notify();
  }

  async close(): Promise<void> {
    this.changes.close();
    await this.#writing;
    await this.#root.close();
  }

  #enqueue(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, value, expectedRevision, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Writes batches until nothing is left to do. */
  async #write(): Promise<void> {
    // Lets everything that came in with this turn of the event loop into the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0 || this.#compacted < this.#compactionTarget) {
      const writes = this.#queue.splice(0, batchLimit(this.#lastFlushMs));
      try {
        await this.#commit(writes);
      } catch (error) {
        for (const write of writes) write.reject(error);
        if (writes.length === 0) {
          this.#writing = undefined;
          throw error;
        }
      }
    }
    this.#writing = undefined;
  }

  async #commit(writes: PendingWrite[]): Promise<void> {
    const newest = (key: string): Entry | undefined => this.#newest(key);
    const decision = decideBatch(writes, { revision: this.#revision, newest });
    const batch: Batch = { ...decision, compactTo: this.#nextCompaction(writes.length) };
    if (batch.events.length > 0 || batch.compactTo > this.#compacted) {
      const began = this.#clock.monotonic();
      await this.#durably(() => this.#store(batch));
      this.#lastFlushMs = this.#clock.monotonic() - began;
    }
    this.#compacted = Math.max(this.#compacted, batch.compactTo);
    this.#publish(batch.events);
    for (const { write, result } of batch.results) write.resolve(result);
  }

  /** Commits what `change` does, all of it or nothing. Rejects with StoreFullError if the disk is full. */
  async #durably(change: () => void): Promise<void> {
    try {
      await this.#root.batch(change);
    } catch (error) {
      throw await failureOfCommit(error as CommitError, this.#path);
    }
  }

  #newest(key: string): Entry | undefined {
    const recent = this.#tail.newest(key);
    return recent ? recent.entry : this.#reader.get(key);
  }

  /** History is forgotten a piece at a time, at twice the speed of writing, so that no batch waits long for it. */
  #nextCompaction(writes: number): number {
    if (this.#compactionTarget > this.#compacted) {
      return Math.min(this.#compactionTarget, this.#compacted + compactionChunk);
    }
    const excess = this.#revision - this.#keepRevisions - this.#compacted;
    return this.#compacted + Math.max(0, Math.min(excess, 2 * writes));
  }

  #store({ events, compactTo }: Batch): void {
    const { latest, versions, history, meta } = this.#tables;
    for (const event of events) {
      const { previous } = event;
      const previousRevision = previous?.modRevision ?? 0;
      const key = keyOf(event);
      const revision = revisionOf(event);
      if (previous) {
        const { createRevision, value } = previous;
        const replaced = encodeVersion({ kind: 'put', createRevision, previousRevision: 0, value });
        quietly(versions.put(versionKey(key, previousRevision), replaced));
      }
      quietly(
        history.put(
          revisionKey(revision),
          encodeHistory({ key, previousRevision, isDeletion: event.type === 'delete' }),
        ),
      );
      if (event.type === 'put') {
        quietly(latest.put(Buffer.from(key), encodeLatest(event.entry)));
        continue;
      }
      const { createRevision } = event.previous;
      const deletion = encodeVersion({ kind: 'delete', createRevision, previousRevision, value: new Uint8Array() });
      quietly(versions.put(versionKey(key, revision), deletion));
      quietly(latest.remove(Buffer.from(key)));
    }
    const last = events.at(-1);
    if (last) quietly(meta.put('revision', revisionOf(last)));
    if (compactTo > this.#compacted) this.#forget(compactTo);
  }

  /** A version goes when a newer one of its key is forgotten too: the newest one up to `compactTo` stays readable. */
  #forget(compactTo: number): void {
    const { versions, history, meta } = this.#tables;
    const range = { start: revisionKey(this.#compacted + 1), end: revisionKey(compactTo + 1) };
    for (const { key: at, value } of history.getRange(range)) {
      const { key, previousRevision, isDeletion } = decodeHistory(value);
      if (previousRevision > 0) quietly(versions.remove(versionKey(key, previousRevision)));
      if (isDeletion) quietly(versions.remove(versionKey(key, revisionOfKey(at))));
      quietly(history.remove(at));
    }
    quietly(meta.put('compacted', compactTo));
  }

  #publish(events: StoreEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#revision = revisionOf(last);
    this.#tail.push(events);
    this.changes.notify();
  }
}

let quieted: Promise<unknown> | undefined;

/** The promise of a batch says for all of its parts whether it was written. Most parts share one. */
function quietly(part: Promise<unknown>): void {
  if (part === quieted) return;
  quieted = part;
  part.catch(() => {});
}
