import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listOver } from './pending-events.ts';
import type { Entry } from './types.ts';

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
