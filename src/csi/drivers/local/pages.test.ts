// Do pages of a changing list stay complete?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageOf } from './pages.ts';

const idOf = (id: string): string => id;

test.each([
  { name: 'a token that is not ours', request: { maxEntries: 1, startingToken: 'invalid-token' }, code: 'ABORTED' },
  { name: 'a negative page size', request: { maxEntries: -1, startingToken: '' }, code: 'INVALID_ARGUMENT' },
])('pageOf: $name -> $code', ({ request, code }) => {
  expect(() => pageOf(['a', 'b'], { ...request, idOf })).toThrow(expect.objectContaining({ code }));
});

test('pages together hold every item that was there throughout, once, whatever is deleted meanwhile', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,5}$/), { minLength: 1 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 4 }), fc.boolean(), (unsorted, maxEntries, deleting) => {
      let items = unsorted.sort();
      const original = items;
      const seen: string[] = [];
      let startingToken = '';
      do {
        const page = pageOf(items, { maxEntries, startingToken, idOf });
        expect(page.items.length).toBeLessThanOrEqual(maxEntries);
        seen.push(...page.items);
        startingToken = page.nextToken;
        // The item that the token names is gone when the token comes back.
        if (deleting) items = items.filter((item) => item !== page.items.at(-1));
      } while (startingToken !== '');
      expect(seen).toEqual(original);
    }),
  );
});
