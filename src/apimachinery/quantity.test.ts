import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addQuantities,
  bytesToQuantity,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  QuantityError,
  quantityToMillis,
  quantityToNumber,
  subtractQuantities,
  thousandthsOf,
} from './quantity.ts';

test.each([
  { name: 'zero -> zero without suffix', text: '0Gi', want: '0' },
  { name: 'fraction of a binary unit -> next smaller unit', text: '1.5Gi', want: '1536Mi' },
  { name: 'multiple of a binary unit -> larger unit', text: '1024Mi', want: '1Gi' },
  { name: 'binary below 1024 -> plain number', text: '0.5Ki', want: '512' },
  { name: 'decimal fraction -> milli', text: '0.1', want: '100m' },
  { name: 'thousands -> kilo', text: '1000', want: '1k' },
  { name: 'number -> as if written', text: 1.5, want: '1500m' },
  { name: 'exponent -> exponent of three', text: '1234e4', want: '12340e3' },
  { name: 'exponent of three without zeros behind -> as written', text: '12e0', want: '12e0' },
  { name: 'capital E alone -> exa', text: '1E', want: '1E' },
  { name: 'capital E with number -> exponent, as written', text: '1E3', want: '1E3' },
  { name: 'signs -> minus kept, plus dropped', text: '-1Gi', want: '-1Gi' },
  { name: 'plus -> as written', text: '+1k', want: '+1k' },
  { name: 'plus before a fraction -> dropped', text: '+1.5k', want: '1500' },
  { name: 'zeros before -> as written', text: '007', want: '007' },
  { name: 'zeros before a multiple of a binary unit -> dropped', text: '08Ki', want: '8Ki' },
  { name: 'three decimals -> as written', text: '1.500', want: '1.500' },
  { name: 'three zeros behind -> canonical', text: '1.000', want: '1' },
  { name: 'many digits -> canonical', text: '1234567890123456789', want: '1234567890123456789' },
  { name: 'zeros before many digits -> canonical', text: '01234567890123456789', want: '1234567890123456789' },
  { name: 'a suffix without digits -> zero', text: 'Gi', want: '0' },
  { name: 'finer than nano -> rounded up', text: '0.1n', want: '1n' },
  { name: 'binary fraction of a unit -> decimal', text: '0.0001Ki', want: '102400u' },
  { name: 'binary beyond 2^63 -> capped', text: '16Ei', want: '9223372036854775807' },
  { name: 'beyond exa -> exponent', text: '1000E', want: '1e21' },
  { name: 'trailing dot -> as written', text: '1.G', want: '1.G' },
])('canonicalQuantity: $name', ({ text, want }) => {
  expect(canonicalQuantity(text)).toBe(want);
});

test.each([
  { name: 'empty', text: '' },
  { name: 'large binary suffix alone', text: 'Pi' },
  { name: 'small exponent alone', text: 'e-12' },
  { name: 'space', text: '1 Gi' },
  { name: 'unknown suffix', text: '1GB' },
  { name: 'suffix of two kinds', text: '1Gi3' },
  { name: 'huge exponent', text: '1e999999999' },
  { name: 'more digits than anybody counts', text: `1${'0'.repeat(10_000)}` },
  { name: 'more digits behind the point', text: `0.${'1'.repeat(10_000)}` },
])('parseQuantity: $name -> QuantityError', ({ text }) => {
  expect(() => parseQuantity(text)).toThrow(QuantityError);
});

test.each([
  { name: 'binary fraction -> decimal', text: '1.0001Ki', want: '1024103m' },
  { name: 'below zero -> away from it', text: '-1.0001Ki', want: '-1024103m' },
  { name: 'nanos -> one thousandth', text: '1n', want: '1m' },
  { name: 'micros -> rounded up', text: '1500u', want: '2m' },
  { name: 'exponent -> keeps its notation', text: '15e-5', want: '1e-3' },
  { name: 'no finer than thousandths -> as it is', text: '1.500', want: '1.500' },
  { name: 'whole -> as it is', text: '1024Mi', want: '1Gi' },
])('thousandthsOf: $name', ({ text, want }) => {
  expect(thousandthsOf(text)).toBe(want);
});

test('quantityToNumber and quantityToMillis round up to whole units', () => {
  expect(quantityToNumber('1Gi')).toBe(2 ** 30);
  expect(quantityToNumber('1500m')).toBe(2);
  expect(quantityToMillis('1.5')).toBe(1500);
  expect(bytesToQuantity(300 * 2 ** 20)).toBe('300Mi');
});

const anyQuantity: fc.Arbitrary<Quantity> = fc.record({
  nanos: fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  format: fc.constantFrom('BinarySI', 'DecimalSI', 'DecimalExponent'),
});

test('formatting and parsing a quantity keeps its amount', () => {
  fc.assert(
    fc.property(anyQuantity, (quantity) => {
      // A binary amount beyond 2^63-1 is capped, by design.
      fc.pre(
        quantity.format !== 'BinarySI' ||
          (quantity.nanos < 2n ** 62n * 10n ** 9n && quantity.nanos > -(2n ** 62n * 10n ** 9n)),
      );
      expect(parseQuantity(formatQuantity(quantity)).nanos).toBe(quantity.nanos);
    }),
  );
});

test('the canonical form is canonical: formatting it again changes nothing', () => {
  fc.assert(
    fc.property(anyQuantity, (quantity) => {
      const text = formatQuantity(quantity);
      expect(canonicalQuantity(text)).toBe(text);
    }),
  );
});

test('the canonical form has no fraction and no larger suffix would do', () => {
  fc.assert(
    fc.property(anyQuantity, (quantity) => {
      const [, mantissa = ''] = /^(-?\d+)(?:[a-zA-Z].*)?$/.exec(formatQuantity(quantity)) ?? [];
      expect(mantissa).not.toBe('');
      if (quantity.format !== 'BinarySI' && mantissa !== '0') expect(BigInt(mantissa) % 1000n).not.toBe(0n);
    }),
  );
});

test('comparison is the order of the amounts, and addition and subtraction undo each other', () => {
  fc.assert(
    fc.property(anyQuantity, anyQuantity, (a, b) => {
      expect(Math.sign(compareQuantities(a, b))).toBe(a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1);
      expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) + 0);
      expect(subtractQuantities(addQuantities(a, b), b).nanos).toBe(a.nanos);
    }),
  );
});
