// Waits for something that gives no notice of itself.

import type { Clock } from './clock.ts';

export interface PollOptions {
  clock: Clock;
  signal: AbortSignal;
  intervalMs: number;
}

/** Runs `check` every `intervalMs` until true. Rejects with the abort reason. */
export async function pollUntil(
  check: (signal: AbortSignal) => Promise<boolean>,
  { clock, signal, intervalMs }: PollOptions,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await check(signal)) return;
    await clock.sleep(intervalMs, signal);
  }
}
