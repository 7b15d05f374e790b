// What does LMDB write for a number of events, and what does it forget with them? One transaction.

import type { LmdbTables } from './lmdb-reader.ts';
import {
  decodeHistory,
  encodeHistory,
  encodeLatest,
  encodeVersion,
  type HistoryRecord,
  revisionKey,
  revisionOfKey,
  versionKey,
} from './lmdb-records.ts';
import type { StoreEvent } from './types.ts';
import { keyOf, revisionOf } from './watch.ts';

function historyOf(event: StoreEvent): HistoryRecord {
  const previousRevision = event.previous?.modRevision ?? 0;
  return { key: keyOf(event), previousRevision, isDeletion: event.type === 'delete' };
}

/** Call it in a batch of LMDB. */
export function writeEvents({ latest, versions, history, meta }: LmdbTables, events: readonly StoreEvent[]): void {
  const newest = new Map(events.map((event) => [keyOf(event), event]));
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
    quietly(history.put(revisionKey(revision), encodeHistory(historyOf(event))));
    if (event.type === 'delete') {
      const { createRevision } = event.previous;
      const deletion = encodeVersion({ kind: 'delete', createRevision, previousRevision, value: new Uint8Array() });
      quietly(versions.put(versionKey(key, revision), deletion));
    }
  }
  for (const [key, event] of newest) {
    if (event.type === 'put') quietly(latest.put(Buffer.from(key), encodeLatest(event.entry)));
    else quietly(latest.remove(Buffer.from(key)));
  }
  const last = events.at(-1);
  if (last) quietly(meta.put('revision', revisionOf(last)));
}

interface Forgotten {
  from: number;
  to: number;
  /** What the same batch writes, in which LMDB does not show it yet. */
  events: readonly StoreEvent[];
}

/**
 * Forgets history after `from` up to `to`; call it in a batch of LMDB, after its writes. A version goes when a newer one of its key is
 * forgotten too: the newest one up to `to` stays readable.
 */
export function forget({ versions, history, meta }: LmdbTables, { from, to, events }: Forgotten): void {
  const forgetOne = ({ key, previousRevision, isDeletion }: HistoryRecord, revision: number): void => {
    if (previousRevision > 0) quietly(versions.remove(versionKey(key, previousRevision)));
    if (isDeletion) quietly(versions.remove(versionKey(key, revision)));
    quietly(history.remove(revisionKey(revision)));
  };
  const range = { start: revisionKey(from + 1), end: revisionKey(to + 1) };
  for (const { key, value } of history.getRange(range)) forgetOne(decodeHistory(value), revisionOfKey(key));
  for (const event of events) if (revisionOf(event) <= to) forgetOne(historyOf(event), revisionOf(event));
  quietly(meta.put('compacted', to));
}

/** Takes the place of all that is known of the past; call it in a batch of LMDB. */
export function startHistoryAt({ versions, history, meta }: LmdbTables, revision: number): void {
  for (const table of [history, versions]) for (const key of table.getKeys({})) quietly(table.remove(key));
  quietly(meta.put('revision', revision));
  quietly(meta.put('compacted', revision));
}

let quieted: Promise<unknown> | undefined;

/** The promise of a batch says for all of its parts whether it was written. Most parts share one. */
function quietly(part: Promise<unknown>): void {
  if (part === quieted) return;
  quieted = part;
  part.catch(() => {});
}
