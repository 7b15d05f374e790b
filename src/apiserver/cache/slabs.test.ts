import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slabAllocator } from './slabs.ts';

test('law: no piece of memory is given out twice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { maxLength: 60 }), (sizes) => {
      const allocate = slabAllocator();
      const pieces = sizes.map((size, index) => allocate(size).fill(index));
      expect(pieces.map(({ length }) => length)).toEqual(sizes);
      for (const [index, piece] of pieces.entries()) expect(piece.every((byte) => byte === index)).toBe(true);
    }),
  );
});

test('small pieces share memory, large ones do not', () => {
  const allocate = slabAllocator();
  expect(allocate(2_000).buffer).toBe(allocate(2_000).buffer);
  expect(allocate(20_000).buffer.byteLength).toBe(20_000);
});
