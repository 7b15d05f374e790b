// Are durations read and written as Go does? What Go's own package says of each text.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatGoDuration, GoDurationError, parseGoDuration } from './go-duration.ts';

describe('Go', () => {
  test.each<[text: string, nanos: bigint, written: string]>([
    ['0', 0n, '0s'],
    ['-0', 0n, '0s'],
    ['+0', 0n, '0s'],
    ['1.s', 1000000000n, '1s'],
    ['.5s', 500000000n, '500ms'],
    ['-.5s', -500000000n, '-500ms'],
    ['1h30m', 5400000000000n, '1h30m0s'],
    ['1.5h', 5400000000000n, '1h30m0s'],
    ['0.3s', 300000000n, '300ms'],
    ['1.1h', 3960000000000n, '1h6m0s'],
    ['1µs', 1000n, '1µs'],
    ['1μs', 1000n, '1µs'],
    ['1us', 1000n, '1µs'],
    ['9223372036854775807ns', 9223372036854775807n, '2562047h47m16.854775807s'],
    ['-9223372036854775808ns', -9223372036854775808n, '-2562047h47m16.854775808s'],
    ['0.100000000000000000000h', 360000000000n, '6m0s'],
    ['0.333333333333333333333h', 1200000000000n, '20m0s'],
    ['9223372036854775.807us', 9223372036854775807n, '2562047h47m16.854775807s'],
    ['1.9999999999ns', 1n, '1ns'],
    ['2562047h47m16.854775807s', 9223372036854775807n, '2562047h47m16.854775807s'],
    ['-2562047h47m16.854775808s', -9223372036854775808n, '-2562047h47m16.854775808s'],
    ['0s', 0n, '0s'],
    ['00.0s', 0n, '0s'],
    ['0000000000000000000000001s', 1000000000n, '1s'],
  ])('%j is %s ns, written %s', (text, nanos, written) => {
    expect(parseGoDuration(text)).toBe(nanos);
    expect(formatGoDuration(nanos)).toBe(written);
  });

  test.each<[text: string, problem: string]>([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['1', 'time: missing unit in duration "1"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1h 30m', 'time: unknown unit "h " in duration "1h 30m"'],
    ['1x', 'time: unknown unit "x" in duration "1x"'],
    ['5é', 'time: unknown unit "\\xc3\\xa9" in duration "5\\xc3\\xa9"'],
    ['"\\\n', 'time: invalid duration "\\"\\\\\\x0a"'],
    ['\x7f', 'time: invalid duration "\x7f"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['-9223372036854775809ns', 'time: invalid duration "-9223372036854775809ns"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['1s2', 'time: missing unit in duration "1s2"'],
    ['99999999999999999999s', 'time: invalid duration "99999999999999999999s"'],
    ['9223372036854775809x', 'time: invalid duration "9223372036854775809x"'],
    ['99999999999999999999', 'time: invalid duration "99999999999999999999"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ])('%j is none: %s', (text, problem) => {
    expect(() => parseGoDuration(text)).toThrow(new GoDurationError(problem));
  });
});

test('law: what is written is read again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanos) => {
      // Go's floats lose nothing of less than 2^53 nanoseconds, which a fraction of a second always is.
      expect(parseGoDuration(formatGoDuration(nanos))).toBe(nanos);
    }),
  );
});
