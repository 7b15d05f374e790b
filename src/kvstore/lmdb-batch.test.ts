import { expect, test } from 'vitest';
import { batchLimit, batchSize } from './lmdb-batch.ts';

test.each([
  { disk: 'one that has not been heard of', flushMs: 0, limit: 16 },
  { disk: 'a fast one', flushMs: 0.4, limit: 16 },
  { disk: 'a slower one', flushMs: 5, limit: 40 },
  { disk: 'one that turns', flushMs: 30, limit: 240 },
  { disk: 'one that is stuck', flushMs: 5_000, limit: 512 },
])('$disk -> at most $limit writes in a batch', ({ flushMs, limit }) => {
  expect(batchLimit(flushMs)).toBe(limit);
});

const mib = 1024 * 1024;

test.each([
  { queue: 'nothing', values: [], limit: 16, size: 0 },
  { queue: 'fewer than the limit', values: [10, undefined, 10], limit: 16, size: 3 },
  { queue: 'more than the limit', values: [10, undefined, 10], limit: 2, size: 2 },
  { queue: 'large ones', values: [6 * mib, undefined, 6 * mib, 6 * mib, 1], limit: 16, size: 3 },
  { queue: 'one that is larger than a batch', values: [20 * mib, 1], limit: 16, size: 1 },
])('$queue -> a batch of $size', ({ values, limit, size }) => {
  const queue = values.map((bytes) => ({ value: bytes === undefined ? undefined : new Uint8Array(bytes) }));
  expect(batchSize(queue, limit)).toBe(size);
});
