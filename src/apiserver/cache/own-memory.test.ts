import { expect, test } from 'vitest';
import { ownMemoryAllocator } from './own-memory.ts';

test.each([
  { name: 'small pieces -> V8 counts one of eight', bytes: [0, 1, 4096, 4096, 0, 1, 2, 3, 4], counted: [7] },
  { name: 'large pieces -> all are counted', bytes: [4097, 1, 4097, 1], counted: [0, 2] },
])('ownMemoryAllocator: $name, and each has all of its memory', ({ bytes, counted }) => {
  const allocate = ownMemoryAllocator();
  const pieces = bytes.map((each) => allocate(each));
  expect(pieces.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual(bytes.map((each) => [each, each]));
  const found = pieces.flatMap(({ buffer }, index) => (buffer instanceof ArrayBuffer ? [index] : []));
  expect(found).toEqual(counted);
});
