// How large does a volume become?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInRange, sizeOfExpandedVolume, sizeOfNewVolume, xfsMinimumBytes } from './sizing.ts';

const mib = 2 ** 20;
const minimumBytes = xfsMinimumBytes;
const range = (requiredBytes: number, limitBytes = 0) => ({ requiredBytes, limitBytes });

test.each([
  { name: 'no range -> 1 GiB', given: undefined, want: 1024 * mib },
  { name: 'below the minimum of XFS -> rounded up to it', given: range(10 * mib), want: 300 * mib },
  { name: 'an odd size -> rounded up to a mebibyte', given: range(400 * mib + 1), want: 401 * mib },
  { name: 'only a limit below the default -> the limit', given: range(0, 512 * mib), want: 512 * mib },
  {
    name: 'required is the limit, between two mebibytes -> exactly that',
    given: range(400 * mib + 4096, 400 * mib + 4096),
    want: 400 * mib + 4096,
  },
])('sizeOfNewVolume: $name', ({ given, want }) => {
  expect(sizeOfNewVolume(given, { minimumBytes })).toBe(want);
});

test.each([
  { name: 'limit below the minimum', given: range(10 * mib, 100 * mib), code: 'OUT_OF_RANGE' },
  { name: 'required above the limit', given: range(2, 1), code: 'INVALID_ARGUMENT' },
  { name: 'negative size', given: range(-1), code: 'INVALID_ARGUMENT' },
])('sizeOfNewVolume: $name -> $code', ({ given, code }) => {
  expect(() => sizeOfNewVolume(given, { minimumBytes })).toThrow(expect.objectContaining({ code }));
});

test.each([
  { name: 'larger -> that', given: range(500 * mib), want: 500 * mib },
  { name: 'as large already -> unchanged', given: range(100 * mib), want: 400 * mib },
])('sizeOfExpandedVolume: $name', ({ given, want }) => {
  expect(sizeOfExpandedVolume(400 * mib, given)).toBe(want);
});

test.each([
  { name: 'no range', given: undefined, code: 'INVALID_ARGUMENT' },
  { name: 'limit below the current size', given: range(0, 100 * mib), code: 'OUT_OF_RANGE' },
])('sizeOfExpandedVolume: $name -> $code', ({ given, code }) => {
  expect(() => sizeOfExpandedVolume(400 * mib, given)).toThrow(expect.objectContaining({ code }));
});

test('a new volume is always in the range that it was made for', () => {
  const bytes = fc.integer({ min: 0, max: 2 ** 42 });
  fc.assert(
    fc.property(bytes, bytes, (requiredBytes, extra) => {
      const given = range(requiredBytes, extra % 2 === 0 ? 0 : requiredBytes + extra);
      let size: number;
      try {
        size = sizeOfNewVolume(given, { minimumBytes });
      } catch {
        return;
      }
      expect(isInRange(size, given)).toBe(true);
      expect(size).toBeGreaterThanOrEqual(minimumBytes);
    }),
  );
});
