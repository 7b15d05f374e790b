import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isGoInteger, plainNumbers, withWrittenNumbers, WrittenNumber } from './written-number.ts';

const written = (text: string): unknown => withWrittenNumbers(text, JSON.parse(text));
const as = (text: string): WrittenNumber => new WrittenNumber(text);

test.each<{ name: string; text: string; want: unknown }>([
  { name: 'plain numbers -> as they are', text: '[0,-0,1.5,1000,-7,0.1]', want: [0, -0, 1.5, 1000, -7, 0.1] },
  {
    name: 'an exponent -> its text',
    text: '{"a":1e3,"b":[1E3,1e+3]}',
    want: { a: as('1e3'), b: [as('1E3'), as('1e+3')] },
  },
  { name: 'a zero at the end -> its text', text: '[1.50, 1.0,-0.0]', want: [as('1.50'), as('1.0'), as('-0.0')] },
  { name: 'more than a number holds -> its text', text: '[9007199254740993]', want: [as('9007199254740993')] },
  { name: 'too large for any -> its text', text: '{"a":1e400}', want: { a: as('1e400') } },
  {
    name: 'in texts and keys -> nothing',
    text: '{"a:1e3":":1.0","b":"\\",1e3"}',
    want: { 'a:1e3': ':1.0', b: '",1e3' },
  },
  { name: 'a text that looks like a mark -> a text', text: '["number 0 7",1e3]', want: ['number 0 7', as('1e3')] },
  {
    name: 'others in disguise -> texts',
    text: '["n\\u0075mber 0 7","number 1 7",1e3]',
    want: ['number 0 7', 'number 1 7', as('1e3')],
  },
  {
    name: 'the largest body that looks like marks -> texts, and short marks',
    text: JSON.stringify(
      [`number ${' '.repeat(1_500_000)}`, ...Array(100_000).keys()].map((each) =>
        typeof each === 'number' ? `number ${each} ` : each,
      ),
    ).replace(/]$/, ',1e3]'),
    want: expect.arrayContaining([as('1e3'), 'number 99999 ']) as unknown,
  },
  { name: 'a number alone -> as it is parsed', text: '5', want: 5 },
])('withWrittenNumbers: $name', ({ text, want }) => {
  expect(written(text)).toEqual(want);
});

test('every body has the same values, however its numbers are written', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value = JSON.parse(text) as unknown;
      expect(JSON.stringify(plainNumbers(withWrittenNumbers(text, value)).value)).toBe(JSON.stringify(value));
    }),
  );
});

test('a number that none can hold is told', () => {
  expect(plainNumbers({ a: [as('1e3'), as('-1e400')] })).toEqual({
    value: { a: [1000, -Infinity] },
    tooLarge: '-1e400',
  });
});

test('what holds no written number is not copied', () => {
  const value = { a: [{ b: 1 }] };
  expect(plainNumbers(value).value).toBe(value);
});

test.each<[number: unknown, bits: 32 | 64, want: boolean]>([
  [5, 32, true],
  [2 ** 31, 32, false],
  [2 ** 31, 64, true],
  [2 ** 63, 64, false],
  [-(2 ** 63), 64, true],
  [1.5, 64, false],
  ['5', 64, false],
  [as('9223372036854775807'), 64, true],
  [as('9223372036854775808'), 64, false],
  [as('-9223372036854775808'), 64, true],
  [as('1.0'), 32, false],
  [as('1e2'), 64, false],
])('isGoInteger(%s, %d) is %s', (number, bits, want) => {
  expect(isGoInteger(number, bits)).toBe(want);
});
