// The real clock. One of the few files that may touch Date and setTimeout.

import { type Clock, TimeoutError, type TimeoutOptions } from './clock.ts';

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
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
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
