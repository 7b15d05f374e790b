// How do several waits end together? In a scope that aborts with its parent, or when its task is over.

import { setMaxListeners } from 'node:events';

/**
 * Runs `task` with a controller that aborts when `signal` does. Once the task has settled the scope is aborted too,
 * so nothing that waits on it outlives the task.
 */
export async function withAbortScope<T>(signal: AbortSignal, task: (scope: AbortController) => Promise<T>): Promise<T> {
  const scope = new AbortController();
  // One listener per loop and per request in flight is no leak.
  setMaxListeners(0, scope.signal);
  const onAbort = (): void => scope.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await task(scope);
  } finally {
    signal.removeEventListener('abort', onAbort);
    scope.abort();
  }
}
