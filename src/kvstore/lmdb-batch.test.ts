import { expect, test } from 'vitest';
import { batchSize } from './lmdb-batch.ts';

const mib = 1024 * 1024;

test.each([
  { queue: 'nothing', values: [], size: 0 },
  { queue: 'a few', values: [10, undefined, 10], size: 3 },
  { queue: 'more than a batch has', values: Array.from({ length: 600 }, () => 10), size: 512 },
  { queue: 'large ones', values: [6 * mib, undefined, 6 * mib, 6 * mib, 1], size: 3 },
  { queue: 'one that is larger than a batch', values: [20 * mib, 1], size: 1 },
])('$queue -> a batch of $size', ({ values, size }) => {
  const queue = values.map((bytes) => ({ value: bytes === undefined ? undefined : new Uint8Array(bytes) }));
  expect(batchSize(queue)).toBe(size);
});
