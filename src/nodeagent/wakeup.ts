// How does a loop wait for news? A wake-up that was called while the loop was busy is not lost.

import type { Clock } from '../base/clock.ts';

// A timer of Node takes at most 2^31 - 1 ms; an idle loop may as well look once in twelve days.
const foreverMs = 2 ** 30;

/** For one loop: `wake` ends the present wait, or the next one. */
export class Wakeup {
  readonly #clock: Clock;
  #isCalled = false;
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isCalled = true;
    this.#timer?.abort();
  }

  /** Resolves when woken, after `ms`, or when `signal` aborts. Leaves nothing behind. */
  async wait(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#isCalled && !signal.aborted) {
      const timer = new AbortController();
      const onAbort = (): void => timer.abort();
      this.#timer = timer;
      signal.addEventListener('abort', onAbort, { once: true });
      await this.#clock.sleep(ms ?? foreverMs, timer.signal).catch(() => {});
      signal.removeEventListener('abort', onAbort);
      this.#timer = undefined;
    }
    this.#isCalled = false;
  }
}
