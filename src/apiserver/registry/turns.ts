// Who writes next when many want to write one object? Each makes its change to what the one before has written, so that
// one loses no work to another. Without turns, of N writers at once all but one would begin again each time.

import type { Clock } from '../../base/clock.ts';

/** One that holds its turn for longer loses it: a webhook that it waits for may want to write the same object. */
const turnMsMax = 1000;

/** Turns to write, by store key. Nobody needs one: the store's compare-and-swap decides. */
export class Turns {
  readonly #clock: Clock;
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does anyone have a turn, or wait for one? */
  isTaken(key: string): boolean {
    return this.#last.has(key);
  }

  /** Resolves when it is one's turn, with the function that ends it. Rejects with the abort reason. */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#last.get(key);
    let resolve = (): void => {};
    const mine = new Promise<void>((ended) => {
      resolve = ended;
    });
    this.#last.set(key, mine);
    const end = (): void => {
      resolve();
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    try {
      if (before) await this.#atMost(before, signal);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  async #atMost(before: Promise<void>, signal: AbortSignal): Promise<void> {
    const waited = new AbortController();
    const onAbort = (): void => waited.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await Promise.race([before, this.#clock.sleep(turnMsMax, waited.signal)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      waited.abort();
    }
  }
}
