import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listOver, type PendingBatch, PendingEvents } from './pending-events.ts';
import type { Entry } from './types.ts';
import { revisionOf } from './watch.ts';

const entry = (key: string, revision: number): Entry => ({
  key,
  value: Buffer.from(key),
  createRevision: 1,
  modRevision: revision,
});
const anyKey = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', 'f', 'g');

test('law: a list with changes over it is what a Map with both says', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyKey),
      fc.dictionary(anyKey, fc.boolean()),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      (had, changed, limit) => {
        const changes = new Map(
          Object.entries(changed).map(([key, isPut]) => [key, isPut ? entry(key, 2) : undefined]),
        );
        const inOrder = (entries: Entry[]): Entry[] =>
          entries.toSorted((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
        const before = inOrder(had.map((key) => entry(key, 1)));
        const read = (most: number) => ({ entries: before.slice(0, most), more: before.length > most, revision: 1 });
        const all = new Map<string, Entry | undefined>([
          ...before.map((each) => [each.key, each] as const),
          ...changes,
        ]);
        const after = inOrder([...all.values()].filter((each) => each !== undefined));
        const { entries, more } = listOver(changes, { ...(limit && { limit }) }, read);
        expect({ entries, more }).toEqual({ entries: after.slice(0, limit), more: after.length > (limit ?? Infinity) });
      },
    ),
    { numRuns: 500 },
  );
});

test('the oldest batches, as a whole: up to the limit, one at least', () => {
  const pending = new PendingEvents();
  const batch = (count: number, from: number): PendingBatch => ({
    events: Array.from({ length: count }, (_, i) => ({
      type: 'put',
      entry: entry('k', from + i),
      previous: undefined,
    })),
    record: Uint8Array.of(from),
  });
  for (const each of [batch(3, 1), batch(2, 4), batch(4, 6)]) pending.push(each);
  const oldest = (events: number, bytes: number): number[] =>
    pending.oldest({ events, bytes }).map(({ record }) => record?.[0] ?? 0);
  // Each event has one byte.
  expect([oldest(1, 9), oldest(4, 9), oldest(5, 9), oldest(9, 5), oldest(9, 9)]).toEqual([
    [1],
    [1],
    [1, 4],
    [1, 4],
    [1, 4, 6],
  ]);
  pending.drop(pending.oldest({ events: 5, bytes: 9 }));
  expect([pending.events.map(revisionOf), pending.bytes, oldest(9, 9)]).toEqual([[6, 7, 8, 9], 4, [6]]);
});
