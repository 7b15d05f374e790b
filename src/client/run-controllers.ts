// How do several loops live and die together?

import { withAbortScope } from './abort-scope.ts';
import type { Controller } from './controller.ts';

/** Something with a lifetime: a controller, informers, an event sink. */
export type Runnable = Pick<Controller, 'run'>;

/** Runs all until `signal` aborts. If one rejects, the others are stopped, and the rejection is passed on. */
export function runControllers(controllers: readonly Runnable[], signal: AbortSignal): Promise<void> {
  return withAbortScope(signal, async (scope) => {
    const runs = controllers.map((controller) => controller.run(scope.signal));
    try {
      await Promise.all(runs);
    } finally {
      scope.abort();
      await Promise.allSettled(runs);
    }
  });
}
