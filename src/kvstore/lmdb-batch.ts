// Which writes of a batch succeed, and what do they change? Decided against what is committed plus what the batch holds.

import type { Entry, StoreEvent, WriteResult } from './types.ts';

export interface PendingWrite {
  key: string;
  /** undefined deletes. */
  value: Uint8Array | undefined;
  expectedRevision: number;
  resolve: (result: WriteResult) => void;
  reject: (error: unknown) => void;
}

export interface Decision {
  results: { write: PendingWrite; result: WriteResult }[];
  /** Of the writes that succeed, in order. */
  events: StoreEvent[];
}

/** No batch has more writes. */
export const largestBatch = 512;
/** A batch has no more bytes of values than these, unless its first write has: it is one record, and in memory as such. */
const batchBytesMax = 16 * 1024 * 1024;

/** How many writes at the beginning of `queue` are the next batch, one at least if there is one. */
export function batchSize(queue: readonly Pick<PendingWrite, 'value'>[]): number {
  const most = Math.min(queue.length, largestBatch);
  let bytes = 0;
  for (let count = 0; count < most; count++) {
    bytes += queue[count]?.value?.byteLength ?? 0;
    if (count > 0 && bytes > batchBytesMax) return count;
  }
  return most;
}

/** `newest` gives the committed entry of a key, `revision` is the newest committed one. */
export function decideBatch(
  writes: readonly PendingWrite[],
  { revision: committed, newest }: { revision: number; newest: (key: string) => Entry | undefined },
): Decision {
  const changed = new Map<string, Entry | undefined>();
  const decision: Decision = { results: [], events: [] };
  let revision = committed;
  for (const write of writes) {
    const { key, value } = write;
    const previous = changed.has(key) ? changed.get(key) : newest(key);
    const isExpected = (previous?.modRevision ?? 0) === write.expectedRevision;
    if (!isExpected || (!value && !previous)) {
      decision.results.push({ write, result: { ok: false, current: previous } });
      continue;
    }
    revision += 1;
    if (value) {
      const createRevision = previous?.createRevision ?? revision;
      const entry: Entry = { key, value, createRevision, modRevision: revision };
      decision.events.push({ type: 'put', entry, previous });
      changed.set(key, entry);
    } else if (previous) {
      decision.events.push({ type: 'delete', key, revision, previous });
      changed.set(key, undefined);
    }
    decision.results.push({ write, result: { ok: true, revision } });
  }
  return decision;
}
