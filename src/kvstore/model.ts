// What would a Map with a snapshot per revision say? The model that any store must agree with, and the words
// in which tests compare the two.

import fc from 'fast-check';
import { expect } from 'vitest';
import { shiftedStore } from './shifted-store.ts';
import type { Entry, RevisionStore, StoreEvent } from './types.ts';

/** A store under test; `close` also removes what it left on disk. */
export interface StoreUnderTest {
  store: RevisionStore;
  close(): Promise<void>;
}

/** `store` with revisions counted from `base`, so that tests may name them on a store that has a past. */
export function rebased(store: RevisionStore, base: number): RevisionStore {
  return shiftedStore(store, { offset: -base, persist: () => Promise.reject(new Error('A test store has no past')) });
}

/** A value as text; tests write no other. */
export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const text = (value: Uint8Array): string => Buffer.from(value).toString();
/** An entry in one line. */
export const brief = (entry: Entry | undefined): string | undefined =>
  entry && `${entry.key}=${text(entry.value)} c${entry.createRevision} m${entry.modRevision}`;

/** An event in one line. */
export function briefEvent(event: StoreEvent): string {
  if (event.type === 'put') return `put ${brief(event.entry)} was ${brief(event.previous)}`;
  return `delete ${event.key} r${event.revision} was ${brief(event.previous)}`;
}

/** Reads `count` events, then stops the watch. */
export async function take(
  store: RevisionStore,
  options: { prefix: string; afterRevision: number; count: number },
): Promise<StoreEvent[]> {
  const stop = new AbortController();
  const seen: StoreEvent[] = [];
  if (options.count === 0) return seen;
  for await (const events of store.watch({ ...options, signal: stop.signal })) {
    seen.push(...events);
    if (seen.length >= options.count) stop.abort();
  }
  return seen;
}

export interface Write {
  key: string;
  /** undefined deletes. */
  value: string | undefined;
  isStale: boolean;
}

export const anyWrite: fc.Arbitrary<Write> = fc.record({
  key: fc.constantFrom('/a', '/a/b', '/a/c', '/ab', '/b'),
  value: fc.option(fc.string({ maxLength: 5 }), { nil: undefined, freq: 3 }),
  isStale: fc.nat(4).map((chance) => chance === 0),
});

type Snapshot = Map<string, string>;

/** Plays `writes` on a store and on the model, compacts, and compares reads and a watch at some revision. */
export async function agrees(
  open: (options: { keepRevisions?: number }) => Promise<StoreUnderTest>,
  { writes, at, compact }: { writes: Write[]; at: number; compact: number },
): Promise<void> {
  const { store: opened, close } = await open({});
  const store = rebased(opened, opened.currentRevision());
  try {
    const snapshots: Snapshot[] = [new Map()];
    const events: string[] = [];
    const entries = new Map<string, Entry>();
    for (const { key, value, isStale } of writes) {
      const old = entries.get(key);
      const expected = (old?.modRevision ?? 0) + (isStale ? 1 : 0);
      const result =
        value === undefined ? await store.delete(key, expected) : await store.put(key, bytes(value), expected);
      expect(result.ok).toBe(!isStale && (value !== undefined || old !== undefined));
      if (!result.ok) continue;
      const revision = snapshots.length;
      expect(result.revision).toBe(revision);
      if (value === undefined) {
        entries.delete(key);
        events.push(`delete ${key} r${revision} was ${brief(old)}`);
      } else {
        const entry = {
          key,
          value: bytes(value),
          createRevision: old?.createRevision ?? revision,
          modRevision: revision,
        };
        entries.set(key, entry);
        events.push(`put ${brief(entry)} was ${brief(old)}`);
      }
      snapshots.push(new Map([...entries].map(([k, entry]) => [k, brief(entry) ?? ''])));
    }
    const newest = snapshots.length - 1;
    const compacted = compact % (newest + 1);
    await store.compact(compacted);
    const revision = compacted + (at % (newest - compacted + 1));
    const want = [...(snapshots[revision] ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    expect((await store.list({ prefix: '/', revision })).entries.map(brief)).toEqual(want);
    for (const key of ['/a', '/a/b', '/ab'])
      expect(brief(await store.get(key, { revision }))).toBe(snapshots[revision]?.get(key));
    const seen = await take(store, { prefix: '/', afterRevision: revision, count: newest - revision });
    expect(seen.map(briefEvent)).toEqual(events.slice(revision));
  } finally {
    await close();
  }
}
