// The real clock. One of the few files that may touch Date and setTimeout.

import { type Clock, TimeoutError, type TimeoutOptions } from './clock.ts';

// A longer timer fires at once.
const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const dueMs = performance.now() + ms;
      // Node's timers keep whole milliseconds of their own and can fire before `ms` have passed on this clock: who then
      // looks whether it is time would find that it is not, and nobody would wake him again.
      const onTimer = (): void => {
        const leftMs = dueMs - performance.now();
        if (leftMs > 0) {
          timer = setTimeout(onTimer, Math.min(leftMs, timerMsMax));
          return;
        }
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      let timer = setTimeout(onTimer, Math.min(ms, timerMsMax));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  },

  async withTimeout<T>({ what, timeoutMs, signal }: TimeoutOptions, task: (signal: AbortSignal) => Promise<T>) {
    signal.throwIfAborted();
    const bounded = new AbortController();
    const onAbort = (): void => bounded.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => bounded.abort(new TimeoutError(what, timeoutMs)), timeoutMs);
    try {
      return await task(bounded.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  },
};
