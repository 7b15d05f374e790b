import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventTail } from './event-tail.ts';
import type { Entry, StoreEvent } from './types.ts';
import { revisionOf } from './watch.ts';

const entry = (key: string, revision: number): Entry => ({
  key,
  value: Buffer.from(String(revision)),
  createRevision: revision,
  modRevision: revision,
});

/** One event for each letter: a capital one deletes the key. Revisions count from `first`. */
const eventsOf = (keys: string, first: number): StoreEvent[] =>
  Array.from(keys, (letter, index): StoreEvent => {
    const key = letter.toLowerCase();
    const revision = first + index;
    return letter === key
      ? { type: 'put', entry: entry(key, revision), previous: undefined }
      : { type: 'delete', key, revision, previous: entry(key, revision - 1) };
  });

const tailOf = (keys: string): EventTail => {
  const tail = new EventTail(3);
  for (const event of eventsOf(keys, 1)) tail.push([event]);
  return tail;
};

test.each<{ name: string; keys: string; after: number; want: number[] | undefined }>([
  { name: 'all are there -> those behind the revision', keys: 'abc', after: 1, want: [2, 3] },
  { name: 'the newest one -> none', keys: 'abc', after: 3, want: [] },
  { name: 'more than the limit -> as many as that', keys: 'abcdef', after: 0, want: [1, 2, 3, 4] },
  { name: 'older ones are dropped -> not known', keys: 'abcdefg', after: 3, want: undefined },
  { name: 'the oldest that is left -> known', keys: 'abcdefg', after: 4, want: [5, 6, 7] },
  { name: 'nothing happened -> not known', keys: '', after: 0, want: undefined },
])('after: $name', ({ keys, after, want }) => {
  expect(tailOf(keys).after(after, 4)?.map(revisionOf)).toEqual(want);
});

test.each<{ name: string; keys: string; key: string; want: string | undefined }>([
  { name: 'written twice -> the second', keys: 'aba', key: 'a', want: '3' },
  { name: 'deleted -> known to be gone', keys: 'aA', key: 'a', want: 'gone' },
  { name: 'its event is dropped -> not known', keys: 'abcdefg', key: 'a', want: undefined },
  { name: 'an older event is dropped -> the newer one', keys: 'abcdeaf', key: 'a', want: '6' },
])('newest: $name', ({ keys, key, want }) => {
  const found = tailOf(keys).newest(key);
  expect(found && (found.entry ? Buffer.from(found.entry.value).toString() : 'gone')).toBe(want);
});

test('law: what it knows of a key is what a Map of all events says', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'A', 'B', 'C', 'D'), { maxLength: 40 }), (letters) => {
      const tail = tailOf(letters.join(''));
      const all = new Map(
        eventsOf(letters.join(''), 1).map((event) => [event.type === 'put' ? event.entry.key : event.key, event]),
      );
      for (const [key, event] of all) {
        const found = tail.newest(key);
        if (found) expect(found.entry?.modRevision).toBe(event.type === 'put' ? revisionOf(event) : undefined);
        else expect(revisionOf(event)).toBeLessThanOrEqual(letters.length - 3);
      }
    }),
  );
});
