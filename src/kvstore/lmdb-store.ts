// A store of revisions in one folder, durable before it answers.
//
// One process writes, and one batch at a time is under way: whether a write succeeds is decided against what is
// there plus what the batch holds. Meanwhile others queue up and become the next batch, so that many share one flush.
//
// A batch is durable in the log (`write-log.ts`), and LMDB takes over what the log has from time to time. What LMDB lacks
// is in memory too, and lies over whatever it is asked (`pending-events.ts`).

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { StoreUnavailableError, ValueTooLargeError } from './errors.ts';
import { EventTail } from './event-tail.ts';
import { batchSize, decideBatch, type PendingWrite } from './lmdb-batch.ts';
import { DirectCommits } from './lmdb-commits.ts';
import { openTables } from './lmdb-open.ts';
import { MappedPages } from './lmdb-pages.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { isTooLong, longestKey } from './lmdb-records.ts';
import { mostPendingEvents, Takeover, type TakeoverOptions } from './lmdb-takeover.ts';
import { ThreadCommits } from './lmdb-thread.ts';
import { changesOf, listOver } from './pending-events.ts';
import type { Entry, ListOptions, ListResult, RevisionStore, StoreEvent, WatchOptions, WriteResult } from './types.ts';
import { type EventSource, Notifier, revisionOf, watchEvents } from './watch.ts';
import { WriteLog } from './write-log.ts';
import { eventsOf } from './write-log-events.ts';

/** In which `stat` counts. */
const blockBytes = 512;

export interface LmdbStoreOptions {
  /** Folder of the store; made if it is missing. Only one process may write to it. */
  path: string;
  log: Logger;
  /** History is compacted by itself to about this many revisions. */
  keepRevisions?: number;
  /** Says when LMDB takes over what the log has; the system's unless told otherwise. */
  clock?: Clock;
  /** The program of a thread that writes to LMDB (`src/cmd/state-writer.ts`, built); this thread does so without one. */
  writer?: string;
}

/**
 * Opens the store, or makes an empty one. Rejects with UnsupportedFormatError or CorruptStoreError,
 * and has then changed nothing.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<RevisionStore> {
  const { path, log, keepRevisions = 50_000, clock = systemClock, writer } = options;
  const { root, tables } = await openTables(path);
  try {
    const [number, revision] = [tables.meta.get('store') ?? 0, tables.meta.get('revision') ?? 0];
    const { log: writeLog, writes } = await WriteLog.open({ path, store: number, revision });
    const commits = writer ? new ThreadCommits({ path, program: writer }) : new DirectCommits({ path, root, tables });
    const store = new LmdbStore({ path, log, keepRevisions, clock, root, tables, commits, writeLog });
    try {
      store.replay(eventsOf(writes, { path, newest: (key) => new LmdbReader(tables).get(key) }));
    } catch (error) {
      await writeLog.close();
      throw error;
    }
    log.info('Opened the state', { path, revision: store.currentRevision(), compacted: store.compactedRevision() });
    return store;
  } catch (error) {
    await root.close();
    throw error;
  }
}

class LmdbStore implements RevisionStore, EventSource {
  readonly isShared = false;
  readonly changes = new Notifier();
  readonly #path: string;
  readonly #root: RootDatabase;
  readonly #reader: LmdbReader;
  readonly #writeLog: WriteLog;
  readonly #takeover: Takeover;
  readonly #pages: MappedPages;
  readonly #queue: PendingWrite[] = [];
  /** The newest entry of each key that LMDB lacks is in the tail. */
  readonly #tail = new EventTail(mostPendingEvents);
  #revision: number;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: TakeoverOptions) {
    const { path, log, root, tables, writeLog } = options;
    this.#path = path;
    this.#root = root;
    this.#writeLog = writeLog;
    this.#takeover = new Takeover(options);
    this.#pages = new MappedPages(path, log);
    this.#reader = new LmdbReader(tables);
    this.#revision = this.#reader.revision();
  }

  /** Events that the log has and LMDB lacks. */
  replay(events: readonly StoreEvent[]): void {
    for (const event of events) this.#publish([event]);
  }

  currentRevision(): number {
    return this.#revision;
  }

  latestRevision(): Promise<number> {
    return Promise.resolve(this.#revision);
  }

  compactedRevision(): number {
    return this.#takeover.compacted;
  }

  /** Of the data file and of the log. */
  async sizeBytes(): Promise<number> {
    const names = await readdir(this.#path);
    const stats = await Promise.all(names.map((name) => stat(join(this.#path, name))));
    return stats.reduce((sum, { blocks }) => sum + blocks * blockBytes, 0);
  }

  async get(key: string, { revision }: { revision?: number } = {}): Promise<Entry | undefined> {
    if (revision === undefined) return this.#newest(key);
    const after = this.#reader.revision();
    const changes = changesOf(this.#takeover.pending.events, { after, upTo: revision, prefix: key });
    return changes.has(key) ? changes.get(key) : this.#reader.get(key, revision);
  }

  async list(options: ListOptions): Promise<ListResult> {
    const after = this.#reader.revision();
    const upTo = Math.min(options.revision ?? this.#revision, this.#revision);
    const changes = changesOf(this.#takeover.pending.events, { ...options, after, upTo });
    const read = (limit: number): ListResult =>
      this.#reader.list({ ...options, limit, revision: Math.min(upTo, after) });
    const found = listOver(changes, options, read);
    this.#pages.wereRead(found.entries, { isIdle: !this.#takeover.isUnderWay });
    return { ...found, revision: upTo };
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

  compact(revision: number): Promise<void> {
    return this.#takeover.compact(Math.min(revision, this.#revision));
  }

  async advanceTo(revision: number): Promise<void> {
    await this.#writing;
    if (revision <= this.#revision) return;
    await this.#takeover.startAt(revision);
    this.#revision = revision;
    this.#tail.clear();
    this.changes.notify();
  }

  /** Rejects if LMDB could not take over all that the log has: then the log still has it, and the data file alone does not do. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.changes.close();
    await this.#writing;
    try {
      await this.#takeover.close();
    } finally {
      await this.#writeLog.close();
      await this.#root.close();
    }
  }

  #enqueue(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteResult> {
    if (this.#isClosed) return Promise.reject(new StoreUnavailableError('the store is closed'));
    // In the log it could not be taken back, and LMDB would never take it.
    if (key === '' || isTooLong(key))
      return Promise.reject(
        new ValueTooLargeError(`a key has 1 to ${longestKey} bytes here, not ${Buffer.byteLength(key)}`),
      );
    return new Promise((resolve, reject) => {
      this.#queue.push({ key, value, expectedRevision, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Writes batches until nothing is left to do. */
  async #write(): Promise<void> {
    // Lets everything that came in with this turn of the event loop into the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const writes = this.#queue.splice(0, batchSize(this.#queue));
      try {
        await this.#takeover.ready();
        await this.#commit(writes);
      } catch (error) {
        for (const write of writes) write.reject(error);
      }
    }
    this.#writing = undefined;
  }

  async #commit(writes: PendingWrite[]): Promise<void> {
    const newest = (key: string): Entry | undefined => this.#newest(key);
    const { events, results } = decideBatch(writes, { revision: this.#revision, newest });
    if (events.length > 0) {
      const record = await this.#writeLog.append(events);
      this.#publish(events, record);
    }
    for (const { write, result } of results) write.resolve(result);
  }

  #newest(key: string): Entry | undefined {
    const recent = this.#tail.newest(key);
    return recent ? recent.entry : this.#reader.get(key);
  }

  /** `events` are in the log, as `record` if that is known. */
  #publish(events: readonly StoreEvent[], record?: Uint8Array): void {
    this.#revision = revisionOf(events.at(-1) as StoreEvent);
    this.#tail.push(events);
    this.#takeover.add({ events, record });
    this.changes.notify();
  }
}
