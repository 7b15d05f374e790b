// Are keys in the order of their bytes?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from './key-order.ts';

test.each([
  { left: '/a', right: '/a', order: 0 },
  { left: '/a', right: '/b', order: -1 },
  { left: '/a/b', right: '/a', order: 1 },
  { left: '/Z', right: '/a', order: -1 },
  { left: '/é', right: '/z', order: 1 },
  { left: '/\u{1f600}', right: '/\uffee', order: 1 },
])('$left and $right -> $order', ({ left, right, order }) => {
  expect(Math.sign(compareKeys(left, right))).toBe(order);
});

test('law: the order of their bytes', () => {
  const anyKey = fc.string({ unit: fc.constantFrom('/', 'a', 'b', 'é', '\uffee', '\u{1f600}'), maxLength: 5 });
  fc.assert(
    fc.property(anyKey, anyKey, (left, right) => {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareKeys(left, right))).toBe(bytes);
    }),
  );
});
