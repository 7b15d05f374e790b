// How does one step wait for an object to change, without asking again and again?

import type { KubeObject } from '../apimachinery/meta.ts';
import type { Informer } from '../client/types.ts';

/** Waits for states of an informer's cache. */
export interface ChangeWaiter {
  /** Resolves with what `check` finds as soon as it is not undefined. Rejects with the abort reason, or as `check` throws. */
  until<R>(check: () => R | undefined, signal: AbortSignal): Promise<R>;
}

/** A waiter over `informer`. Make one per informer: it listens for as long as the informer lives. */
export function createChangeWaiter<T extends KubeObject>(informer: Informer<T>): ChangeWaiter {
  const waiting = new Set<() => void>();
  informer.onChange(() => {
    for (const look of waiting) look();
  });
  return {
    async until(check, signal) {
      signal.throwIfAborted();
      let stop = (): void => {};
      try {
        return await new Promise((resolve, reject) => {
          const look = (): void => {
            try {
              const found = check();
              if (found !== undefined) resolve(found);
            } catch (error) {
              reject(error);
            }
          };
          const onAbort = (): void => reject(signal.reason);
          stop = () => {
            waiting.delete(look);
            signal.removeEventListener('abort', onAbort);
          };
          waiting.add(look);
          signal.addEventListener('abort', onAbort, { once: true });
          look();
        });
      } finally {
        stop();
      }
    },
  };
}
