import { expect, test } from 'vitest';
import type { StartRefusal } from '../runtime/types.ts';
import { afterRestart, type RestartBackoff, refusedStartRetryMs, restartAllowedAt } from './backoff.ts';

test.each<{ name: string; reason: StartRefusal; want: number[] }>([
  {
    name: 'sandbox could not be made -> soon, then later, at the latest every 10 s',
    reason: 'CreateContainerError',
    want: [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000],
  },
  { name: 'volume fenced -> every second', reason: 'VolumeFenced', want: [1_000, 1_000, 1_000] },
])('refusedStartRetryMs: $name', ({ reason, want }) => {
  expect(want.map((_, index) => refusedStartRetryMs(reason, index + 1))).toEqual(want);
});

test('restarts -> at once, then 10 s doubling to 5 min; a run of ten minutes begins anew', () => {
  const run = { startedAt: 0, finishedAt: 1_000 };
  const waits: number[] = [];
  let backoff: RestartBackoff | undefined;
  for (let restart = 0; restart < 8; restart += 1) {
    waits.push(restartAllowedAt(backoff, run) - run.finishedAt);
    backoff = afterRestart(backoff, run);
  }
  expect(waits).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  const long = { startedAt: 0, finishedAt: 600_000 };
  expect(restartAllowedAt(backoff, long)).toBe(long.finishedAt);
  expect(afterRestart(backoff, long)).toEqual({ delayMs: 10_000 });
});
