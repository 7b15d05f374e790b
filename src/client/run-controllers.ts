// How do several loops live and die together?

import type { Controller } from './controller.ts';

/** Something with a lifetime: a controller, informers, an event sink. */
export type Runnable = Pick<Controller, 'run'>;

/** Runs all until `signal` aborts. If one rejects, the others are stopped, and the rejection is passed on. */
export async function runControllers(controllers: readonly Runnable[], signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const runs = controllers.map((controller) => controller.run(stop.signal));
  try {
    await Promise.all(runs);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort();
    await Promise.allSettled(runs);
  }
}
