import { expect, test } from 'vitest';
import { systemClock } from './system-clock.ts';

const { signal } = new AbortController();

test('sleep -> never ends before its time on the clock that its caller reads', async () => {
  const early: number[] = [];
  const sleeper = async (ms: number): Promise<void> => {
    for (let round = 0; round < 40; round += 1) {
      const startedAt = systemClock.monotonic();
      await systemClock.sleep(ms, signal);
      const slept = systemClock.monotonic() - startedAt;
      if (slept < ms) early.push(slept - ms);
    }
  };
  await Promise.all([1, 2.5, 5, 7, 10, 13].map(sleeper));
  expect(early).toEqual([]);
});

test('sleep beyond what a timer holds -> sleeps, and leaves nothing behind when aborted', async () => {
  const stop = new AbortController();
  let ended = false;
  const sleeping = systemClock.sleep(2 ** 40, stop.signal).finally(() => (ended = true));
  await systemClock.sleep(5, signal);
  expect(ended).toBe(false);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
});
