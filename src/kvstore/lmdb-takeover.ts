// When does LMDB get what the log has? A little after it was written, much of it at a time: many writes then share the
// pages that LMDB writes, and nobody waits for them.

import type { RootDatabase } from 'lmdb';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { largestBatch } from './lmdb-batch.ts';
import type { Commits } from './lmdb-commits.ts';
import type { LmdbTables } from './lmdb-reader.ts';
import { type PendingBatch, PendingEvents } from './pending-events.ts';
import type { StoreEvent } from './types.ts';
import { revisionOf } from './watch.ts';
import type { WriteLog } from './write-log.ts';

export interface TakeoverOptions {
  path: string;
  log: Logger;
  root: RootDatabase;
  tables: LmdbTables;
  commits: Commits;
  writeLog: WriteLog;
  keepRevisions: number;
  clock: Clock;
}

const compactionChunk = 500;
/** LMDB takes over what the log has when it is so much, or so old. */
const due = { events: 1_000, bytes: 4 * 1024 * 1024, afterMs: 100 };
/** What one transaction takes over. */
const piece = { events: 500, bytes: 2 * 1024 * 1024 };
/** Nobody may write while LMDB lacks so much. */
const most = { events: 2_000, bytes: 64 * 1024 * 1024 };

/** So many events can be pending: a batch is written when there is room for less than it. */
export const mostPendingEvents = most.events + largestBatch;

export class Takeover {
  /** What LMDB lacks. */
  readonly pending = new PendingEvents();
  readonly #options: TakeoverOptions;
  readonly #closing = new AbortController();
  #compacted: number;
  #compactionTarget = 0;
  #underWay: Promise<void> | undefined;
  #isWaiting = false;
  /** The last attempt failed: nobody may write until one succeeds. */
  #isBehind = false;

  constructor(options: TakeoverOptions) {
    this.#options = options;
    this.#compacted = options.tables.meta.get('compacted') ?? 0;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** The log has `batch`. */
  add(batch: PendingBatch): void {
    this.pending.push(batch);
    if (this.#isBeyond(due)) this.#now().catch((error: unknown) => this.#fellBehind(error));
    else if (!this.#isWaiting) void this.#later();
  }

  /** Resolves when the log may be written: at once, unless LMDB lags far behind. Rejects if it can't catch up: StoreFullError if there is no room. */
  async ready(): Promise<void> {
    if (this.#isLate()) await this.#caughtUp(() => !this.#isLate());
  }

  /** Forgets history up to `revision`. */
  async compact(revision: number): Promise<void> {
    this.#compactionTarget = Math.max(this.#compactionTarget, revision);
    await this.#caughtUp(() => this.#compacted >= this.#compactionTarget);
  }

  /** Resolves when LMDB has all that the log has. */
  async all(): Promise<void> {
    await this.#caughtUp(() => this.pending.events.length === 0);
  }

  /** Forgets all history, and lets it go on after `revision`. Nobody may write meanwhile. */
  async startAt(revision: number): Promise<void> {
    await this.all();
    // Not beside an attempt to take over, which would put back what was compacted before.
    while (this.#underWay) await this.#underWay.catch(() => {});
    await this.#alone(async () => {
      await this.#options.commits.startAt(revision);
      this.#options.root.resetReadTxn();
      this.#compacted = revision;
    });
  }

  /** Rejects if LMDB could not take over all that the log has: then the log still has it, and the data file alone does not do. */
  async close(): Promise<void> {
    this.#closing.abort();
    try {
      await this.all();
    } finally {
      await this.#options.commits.close();
    }
  }

  async #later(): Promise<void> {
    this.#isWaiting = true;
    try {
      await this.#options.clock.sleep(due.afterMs, this.#closing.signal);
      this.#isWaiting = false;
      await this.#now();
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#fellBehind(error);
    }
  }

  /** Whoever writes next tries again, and hears of it. */
  #fellBehind(error: unknown): void {
    this.#options.log.warn('what was written stays in the log of the state, and no more can be written now', { error });
  }

  /** Rejects if an attempt fails that began after the call: one from before may have met a disk that was still full. */
  async #caughtUp(isDone: () => boolean): Promise<void> {
    await this.#underWay?.catch(() => {});
    while (!isDone()) await this.#now();
  }

  /** Takes over what the log has now, or waits for the attempt that is under way. */
  #now(): Promise<void> {
    return this.#underWay ?? this.#alone(() => this.#takeOver());
  }

  #alone(task: () => Promise<void>): Promise<void> {
    this.#underWay = task().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  /** A piece at a time, so that neither the event loop nor a disk with little room has too much to do at once. */
  async #takeOver(): Promise<void> {
    this.#options.writeLog.seal();
    const until = this.#newestPending();
    do await this.#takeOverPiece();
    while (this.pending.events.length > 0 && revisionOf(this.pending.events[0] as StoreEvent) <= until);
    // What came meanwhile may be the last for long.
    if (this.pending.events.length > 0 && !this.#isWaiting) void this.#later();
  }

  async #takeOverPiece(): Promise<void> {
    const { commits, root, writeLog } = this.#options;
    const batches = this.pending.oldest(piece);
    const events = batches.flatMap((batch) => batch.events);
    const from = this.#compacted;
    const to = this.#nextCompaction(events);
    const forgotten = to > from ? { from, to } : undefined;
    try {
      await commits.takeOver({ records: batches.map((batch) => this.#give(batch)), forgotten });
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
    this.#isBehind = false;
    // Reads of this turn may have begun before, and would lack what is dropped.
    root.resetReadTxn();
    this.pending.drop(batches);
    this.#compacted = to;
    const last = events.at(-1);
    if (last) writeLog.release(revisionOf(last));
  }

  /** The record of a batch, for the one who commits it. It is made anew if that has failed before. */
  #give(batch: PendingBatch): Uint8Array {
    const record = batch.record ?? this.#options.writeLog.encode(batch.events);
    batch.record = undefined;
    return record;
  }

  #newestPending(): number {
    const last = this.pending.events.at(-1);
    return last ? revisionOf(last) : 0;
  }

  /** History is forgotten a piece at a time, at twice the speed of writing, so that nobody waits long for it. */
  #nextCompaction(events: readonly StoreEvent[]): number {
    const last = events.at(-1);
    // Not beyond what LMDB has then: its newest state would be refused as compacted, and what comes later never be forgotten.
    const newest = last ? revisionOf(last) : (this.#options.tables.meta.get('revision') ?? 0);
    if (this.#compactionTarget > this.#compacted)
      return Math.min(this.#compactionTarget, this.#compacted + compactionChunk, newest);
    const excess = newest - this.#options.keepRevisions - this.#compacted;
    return this.#compacted + Math.max(0, Math.min(excess, 2 * events.length));
  }

  #isLate(): boolean {
    return this.#isBehind || this.#isBeyond(most);
  }

  #isBeyond({ events, bytes }: { events: number; bytes: number }): boolean {
    return this.pending.events.length >= events || this.pending.bytes >= bytes;
  }
}
