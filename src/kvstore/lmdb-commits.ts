// Who commits to LMDB what the log has? One transaction at a time, in this thread or in one of its own.

import type { RootDatabase } from 'lmdb';
import { type CommitError, failureOfCommit } from './lmdb-failure.ts';
import { LmdbReader, type LmdbTables } from './lmdb-reader.ts';
import { forget, startHistoryAt, writeEvents } from './lmdb-writer.ts';
import { bytesOf } from './pending-events.ts';
import type { StoreEvent } from './types.ts';
import { eventsOf } from './write-log-events.ts';
import { decodeBatch } from './write-log-records.ts';

/** What one transaction does. */
export interface Piece {
  /** As the log has them, in order. They are given away, each with all of its memory. */
  records: readonly Uint8Array[];
  /** History to forget along with it: after `from` up to `to`. */
  forgotten: { from: number; to: number } | undefined;
}

/** Each call is one transaction. Rejects with StoreFullError if there is no room; nothing was done then. One call at a time. */
export interface Commits {
  takeOver(piece: Piece): Promise<void>;
  /** Forgets all history, and lets it go on after `revision`. */
  startAt(revision: number): Promise<void>;
  /** Resolves when nothing of the store is open any more that this has opened. */
  close(): Promise<void>;
}

export interface DirectCommitsOptions {
  path: string;
  root: RootDatabase;
  tables: LmdbTables;
}

/** Commits in this thread. */
export class DirectCommits implements Commits {
  readonly #options: DirectCommitsOptions;
  readonly #reader: LmdbReader;

  constructor(options: DirectCommitsOptions) {
    this.#options = options;
    this.#reader = new LmdbReader(options.tables);
  }

  takeOver({ records, forgotten }: Piece): Promise<void> {
    const { path, tables } = this.#options;
    // A thread may have ended after its commit and before it could say so: it is then asked for the same again.
    const taken = this.#reader.revision();
    const writes = records.flatMap((record) => decodeBatch(record)).filter(({ revision }) => revision > taken);
    const events = eventsOf(writes, { path, newest: (key) => this.#reader.get(key) });
    return this.#durably(events, () => {
      writeEvents(tables, events);
      if (forgotten) forget(tables, { ...forgotten, events });
    });
  }

  startAt(revision: number): Promise<void> {
    return this.#durably([], () => startHistoryAt(this.#options.tables, revision));
  }

  /** The tables belong to whoever opened them. */
  async close(): Promise<void> {}

  /** Commits all that `change` does for `events`, or nothing. */
  async #durably(events: readonly StoreEvent[], change: () => void): Promise<void> {
    const { root, path } = this.#options;
    try {
      await root.batch(change);
    } catch (error) {
      throw await failureOfCommit(error as CommitError, { path, bytes: bytesOf(events) });
    }
  }
}
