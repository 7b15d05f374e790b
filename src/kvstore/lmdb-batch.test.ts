import { expect, test } from 'vitest';
import { batchLimit } from './lmdb-batch.ts';

test.each([
  { disk: 'one that has not been heard of', flushMs: 0, limit: 16 },
  { disk: 'a fast one', flushMs: 0.4, limit: 16 },
  { disk: 'a slower one', flushMs: 5, limit: 40 },
  { disk: 'one that turns', flushMs: 30, limit: 240 },
  { disk: 'one that is stuck', flushMs: 5_000, limit: 512 },
])('$disk -> at most $limit writes in a batch', ({ flushMs, limit }) => {
  expect(batchLimit(flushMs)).toBe(limit);
});
