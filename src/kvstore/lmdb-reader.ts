// What does the store hold, now or at an older revision? The reads of the LMDB store; each
// runs in one turn of the event loop, and so sees one snapshot.

import type { Database } from 'lmdb';
import {
  decodeHistory,
  decodeLatest,
  decodeVersion,
  type HistoryRecord,
  isTooLong,
  place,
  revisionKey,
  revisionOfKey,
  splitVersionKey,
  versionKey,
} from './lmdb-records.ts';
import { prefixEnd } from './prefix.ts';
import { CompactedError, type Entry, type ListOptions, type ListResult, type StoreEvent } from './types.ts';

export interface LmdbTables {
  latest: Database<Buffer, Buffer>;
  versions: Database<Buffer, Buffer>;
  history: Database<Buffer, Buffer>;
  meta: Database<number, string>;
}

export class LmdbReader {
  readonly #tables: LmdbTables;

  constructor(tables: LmdbTables) {
    this.#tables = tables;
  }

  /** The newest revision that the tables have. */
  revision(): number {
    return this.#tables.meta.get('revision') ?? 0;
  }

  get(key: string, revision?: number): Entry | undefined {
    if (revision !== undefined) this.#refuseCompacted(revision);
    if (isTooLong(key)) return undefined;
    const record = this.#tables.latest.get(Buffer.from(key));
    const newest = record && decodeLatest(key, record);
    if (revision === undefined) return newest;
    if (newest && newest.modRevision <= revision) return newest;
    const newestFirst = this.#tables.versions.getRange({
      start: versionKey(key, revision),
      end: versionKey(key, 0),
      reverse: true,
      limit: 1,
    });
    for (const { key: found, value } of newestFirst) return entryOf(found, value);
    return undefined;
  }

  list({ prefix, startAfter, limit = Number.POSITIVE_INFINITY, revision }: ListOptions): ListResult {
    const newest = this.revision();
    const shown = Math.min(revision ?? newest, newest);
    this.#refuseCompacted(shown);
    if (isTooLong(prefix)) return { entries: [], revision: shown, more: false };
    const range = { prefix, startAfter, count: limit + 1 };
    const entries = shown === newest ? this.#listLatest(range) : this.#listAsOf(range, shown);
    const more = entries.length > limit;
    return { entries: more ? entries.slice(0, limit) : entries, revision: shown, more };
  }

  /** Events after `revision` up to `upTo`, from the disk. */
  eventsAfter({ revision, limit, upTo }: { revision: number; limit: number; upTo: number }): StoreEvent[] {
    const range = { start: revisionKey(revision + 1), end: revisionKey(upTo + 1), limit };
    return [...this.#tables.history.getRange(range)].map(({ key, value }) =>
      this.#eventOf(decodeHistory(value), revisionOfKey(key)),
    );
  }

  #eventOf({ key, previousRevision }: HistoryRecord, revision: number): StoreEvent {
    const previous = previousRevision > 0 ? this.#versionAt(key, previousRevision) : undefined;
    const record = this.#tables.versions.get(versionKey(key, revision));
    if (record && decodeVersion(record).kind === 'delete') {
      if (previous) return { type: 'delete', key, revision, previous };
    } else {
      const entry = this.#versionAt(key, revision);
      if (entry) return { type: 'put', entry, previous };
    }
    throw new CompactedError(revision, this.#tables.meta.get('compacted') ?? 0);
  }

  /** What was written to `key` at `revision`, wherever it is now. */
  #versionAt(key: string, revision: number): Entry | undefined {
    const stored = versionKey(key, revision);
    const record = this.#tables.versions.get(stored);
    if (record) return entryOf(stored, record);
    const newest = this.get(key);
    return newest?.modRevision === revision ? newest : undefined;
  }

  #listLatest({ prefix, startAfter, count }: Range): Entry[] {
    const range = this.#tables.latest.getRange({
      ...bounds(prefix),
      ...(startAfter !== undefined && startAfter >= prefix && { start: place(`${startAfter}\0`) }),
      ...(Number.isFinite(count) && { limit: count }),
    });
    return [...range].map(({ key, value }) => decodeLatest(key.toString(), value));
  }

  #listAsOf(range: Range, revision: number): Entry[] {
    const entries: Entry[] = [];
    const newest = this.#newestUpTo(range, revision);
    const replaced = this.#replacedUpTo(range, revision);
    let left = newest.next();
    let right = replaced.next();
    // Both are in key order; of a key that is in both, `latest` has the later state.
    while (entries.length < range.count && !(left.done && right.done)) {
      if (!left.done && (right.done || left.value.key <= right.value.key)) {
        if (!right.done && right.value.key === left.value.key) right = replaced.next();
        entries.push(left.value);
        left = newest.next();
      } else if (!right.done) {
        if (right.value.entry) entries.push(right.value.entry);
        right = replaced.next();
      }
    }
    return entries;
  }

  *#newestUpTo({ prefix, startAfter }: Range, revision: number): Generator<Entry> {
    const range = this.#tables.latest.getRange({
      ...bounds(prefix),
      ...(startAfter !== undefined && startAfter >= prefix && { start: place(`${startAfter}\0`) }),
    });
    for (const { key, value } of range) {
      const entry = decodeLatest(key.toString(), value);
      if (entry.modRevision <= revision) yield entry;
    }
  }

  /** Of each key that has older versions, the newest of those up to `revision`; no entry if that is a deletion. */
  *#replacedUpTo(
    { prefix, startAfter }: Range,
    revision: number,
  ): Generator<{ key: string; entry: Entry | undefined }> {
    let candidate: { key: string; entry: Entry | undefined } | undefined;
    const versions = this.#tables.versions.getRange({
      ...bounds(prefix),
      // Past every version of the key itself.
      ...(startAfter !== undefined && startAfter >= prefix && { start: place(`${startAfter}\x01`) }),
    });
    for (const { key: stored, value } of versions) {
      const at = splitVersionKey(stored);
      if (candidate && candidate.key !== at.key) {
        yield candidate;
        candidate = undefined;
      }
      if (at.revision <= revision) candidate = { key: at.key, entry: entryOf(stored, value) };
    }
    if (candidate) yield candidate;
  }

  #refuseCompacted(revision: number): void {
    const compacted = this.#tables.meta.get('compacted') ?? 0;
    if (revision < compacted) throw new CompactedError(revision, compacted);
  }
}

interface Range {
  prefix: string;
  startAfter: string | undefined;
  count: number;
}

function bounds(prefix: string): { start?: Buffer; end?: Buffer } {
  const end = prefixEnd(prefix);
  return { ...(prefix !== '' && { start: Buffer.from(prefix) }), ...(end && prefix !== '' && { end }) };
}

/** The entry that a record of `versions` shows; undefined for a deletion. */
function entryOf(stored: Buffer, record: Buffer): Entry | undefined {
  const { key, revision } = splitVersionKey(stored);
  const { kind, createRevision, value } = decodeVersion(record);
  return kind === 'put' ? { key, value, createRevision, modRevision: revision } : undefined;
}
