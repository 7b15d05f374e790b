import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64Problem } from './go-base64.ts';

test.each([
  ['', undefined],
  ['AA==', undefined],
  ['QU\nJD', undefined],
  ['!', 'illegal base64 data at input byte 0'],
  ['QUJ!', 'illegal base64 data at input byte 3'],
  ['QUJDR', 'illegal base64 data at input byte 4'],
  ['QUJDR=', 'illegal base64 data at input byte 5'],
  ['QQ=', 'illegal base64 data at input byte 3'],
  ['QQ=\n=', undefined],
  ['QQ=x', 'illegal base64 data at input byte 2'],
  ['QQ==QUJD', 'illegal base64 data at input byte 4'],
  ['QUJD\n!', 'illegal base64 data at input byte 5'],
])('base64Problem: %j -> %s', (text, want) => {
  expect(base64Problem(text)).toBe(want);
});

test('what any bytes are encoded to is no problem', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => base64Problem(Buffer.from(bytes).toString('base64')) === undefined),
  );
});
