// What does the store hold, now or at an older revision? The reads of the LMDB store; each
// runs in one turn of the event loop, and so sees one snapshot.

import type { Database } from 'lmdb';
import {
  decodeLatest,
  decodeVersion,
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

  get(key: string, revision?: number): Entry | undefined {
    if (revision === undefined) {
      const record = this.#tables.latest.get(Buffer.from(key));
      return record && decodeLatest(key, record);
    }
    this.#refuseCompacted(revision);
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
    const newest = this.#tables.meta.get('revision') ?? 0;
    const shown = Math.min(revision ?? newest, newest);
    this.#refuseCompacted(shown);
    const range = { prefix, startAfter, count: limit + 1 };
    const entries = shown === newest ? this.#listLatest(range) : this.#listAsOf(range, shown);
    const more = entries.length > limit;
    return { entries: more ? entries.slice(0, limit) : entries, revision: shown, more };
  }

  /** Events after `revision` up to `upTo`, from the disk. */
  eventsAfter({ revision, limit, upTo }: { revision: number; limit: number; upTo: number }): StoreEvent[] {
    const range = { start: revisionKey(revision + 1), end: revisionKey(upTo + 1), limit };
    return [...this.#tables.history.getRange(range)].map(({ key, value }) =>
      this.#eventOf(value.toString(), revisionOfKey(key)),
    );
  }

  #eventOf(key: string, revision: number): StoreEvent {
    const record = this.#tables.versions.get(versionKey(key, revision));
    if (!record) throw new CompactedError(revision, this.#tables.meta.get('compacted') ?? 0);
    const { kind, createRevision, previousRevision, value } = decodeVersion(record);
    const previous = previousRevision > 0 ? this.#versionAt(key, previousRevision) : undefined;
    if (kind === 'put') return { type: 'put', entry: { key, value, createRevision, modRevision: revision }, previous };
    if (!previous) throw new CompactedError(revision, this.#tables.meta.get('compacted') ?? 0);
    return { type: 'delete', key, revision, previous };
  }

  #versionAt(key: string, revision: number): Entry | undefined {
    const stored = versionKey(key, revision);
    const record = this.#tables.versions.get(stored);
    return record && entryOf(stored, record);
  }

  #listLatest({ prefix, startAfter, count }: Range): Entry[] {
    const range = this.#tables.latest.getRange({
      ...bounds(prefix),
      ...(startAfter !== undefined && startAfter >= prefix && { start: Buffer.from(`${startAfter}\0`) }),
      ...(Number.isFinite(count) && { limit: count }),
    });
    return [...range].map(({ key, value }) => decodeLatest(key.toString(), value));
  }

  #listAsOf({ prefix, startAfter, count }: Range, revision: number): Entry[] {
    const entries: Entry[] = [];
    let candidate: { key: string; entry: Entry | undefined } | undefined;
    const versions = this.#tables.versions.getRange({
      ...bounds(prefix),
      // Past every version of the key itself.
      ...(startAfter !== undefined && startAfter >= prefix && { start: Buffer.from(`${startAfter}\x01`) }),
    });
    for (const { key: stored, value } of versions) {
      const at = splitVersionKey(stored);
      if (candidate && candidate.key !== at.key) {
        if (candidate.entry) entries.push(candidate.entry);
        candidate = undefined;
        if (entries.length >= count) return entries;
      }
      if (at.revision <= revision) candidate = { key: at.key, entry: entryOf(stored, value) };
    }
    if (candidate?.entry && entries.length < count) entries.push(candidate.entry);
    return entries;
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
