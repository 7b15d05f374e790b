// How does one controller work through its keys? Each key alone, one step a pass, again at once after a step,
// later after a failure.

import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import { AssertionError } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { withAbortScope } from './abort-scope.ts';
import type { Controller, KeyedControllerSpec, Outcome } from './controller.ts';
import type { WorkQueueMetrics } from './metrics/queue-metrics.ts';
import { type Informers, UnreachableError } from './types.ts';
import { WorkQueue } from './work-queue.ts';

/** The part of ControllerDeps that drives keys. */
export interface KeyedControllerDeps {
  informers: Informers;
  clock: Clock;
  random: Random;
  log: Logger;
  queues?: WorkQueueMetrics | undefined;
}

/**
 * A Controller from `spec`. Before each pass it waits until the informers show what this process wrote,
 * so that a view is never older than the last step. An AssertionError ends the controller, and rejects `run`.
 */
export function keyedController(spec: KeyedControllerSpec, deps: KeyedControllerDeps): Controller {
  return { name: spec.name, run: (signal) => new KeyedLoop(spec, deps).run(signal) };
}

class KeyedLoop {
  readonly #spec: KeyedControllerSpec;
  readonly #deps: KeyedControllerDeps;
  readonly #queue: WorkQueue;
  readonly #seen = new Set<string>();

  constructor(spec: KeyedControllerSpec, deps: KeyedControllerDeps) {
    this.#spec = spec;
    this.#deps = { ...deps, log: deps.log.child({ controller: spec.name }) };
    this.#queue = new WorkQueue({ ...deps, metrics: deps.queues?.of(spec.name) });
  }

  run(signal: AbortSignal): Promise<void> {
    const { watch, concurrency = 1, resyncMs } = this.#spec;
    watch((key) => {
      if (resyncMs !== undefined) this.#seen.add(key);
      this.#queue.add(key);
    });
    return withAbortScope(signal, async (scope) => {
      const loops = Array.from({ length: concurrency }, () => this.#work(scope.signal));
      if (resyncMs !== undefined) loops.push(this.#resync(resyncMs, scope.signal));
      try {
        await Promise.all(loops.map((loop) => untilAborted(loop, scope.signal)));
      } finally {
        scope.abort();
        await Promise.allSettled(loops);
      }
    });
  }

  async #work(signal: AbortSignal): Promise<never> {
    for (;;) {
      const key = await this.#queue.next(signal);
      try {
        await this.#deps.informers.caughtUp?.(signal);
        this.#settle(key, await this.#spec.reconcileKey(key, signal));
      } catch (error) {
        this.#fail(key, error, signal);
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #resync(resyncMs: number, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#deps.clock.sleep(resyncMs, signal);
      for (const key of [...this.#seen].sort()) this.#queue.add(key);
    }
  }

  #settle(key: string, outcome: Outcome): void {
    this.#queue.forget(key);
    switch (outcome.requeue) {
      case 'never':
        return;
      case 'now':
        return this.#queue.add(key);
      case 'after':
        return this.#queue.addAfter(key, outcome.delayMs);
      default:
        return outcome satisfies never;
    }
  }

  #fail(key: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) throw signal.reason;
    if (error instanceof AssertionError) throw error;
    const { log } = this.#deps;
    // The first retry comes after some 10 ms: by then the winner's write is in our cache.
    if (isStatus(error, 'Conflict')) log.debug('Conflict; reading again', { key });
    else if (error instanceof UnreachableError) log.debug('API server is unreachable', { key, error });
    else if (error instanceof StatusError) log.warn('API server refused a step', { key, reason: error.reason, error });
    else log.error('Pass failed', { key, error });
    const retryAfterSeconds = error instanceof StatusError ? error.details?.retryAfterSeconds : undefined;
    if (retryAfterSeconds) this.#queue.addAfter(key, retryAfterSeconds * 1000);
    else this.#queue.addRateLimited(key);
  }
}

/** Resolves when `loop` ends because `signal` aborted; rejects on any other end. */
export async function untilAborted(loop: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await loop;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
