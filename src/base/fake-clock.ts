// A clock that a test moves by hand.

import { type Clock, TimeoutError, type TimeoutOptions } from './clock.ts';

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/** A fake for tests: time stands still until `advance` moves it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  /** Starts at 2026-01-01T00:00:00Z unless told otherwise. */
  constructor(startMs = 1_767_225_600_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** How many sleeps have not ended yet. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: this.#now + ms,
        wake: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async withTimeout<T>({ what, timeoutMs, signal }: TimeoutOptions, task: (signal: AbortSignal) => Promise<T>) {
    const bounded = new AbortController();
    const onAbort = (): void => bounded.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const expiry: Sleeper = {
      wakeAt: this.#now + timeoutMs,
      wake: () => bounded.abort(new TimeoutError(what, timeoutMs)),
    };
    this.#sleepers.add(expiry);
    try {
      return await task(bounded.signal);
    } finally {
      this.#sleepers.delete(expiry);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Moves time on by `ms`, waking sleepers in order and letting their continuations run. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].filter((s) => s.wakeAt <= target).sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.wakeAt);
      this.#sleepers.delete(next);
      next.wake();
    }
    this.#now = target;
    await settle();
  }
}

/** Lets every pending promise continuation and immediate run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
