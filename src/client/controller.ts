// How is a controller driven? Changes become keys; each key is reconciled alone,
// one step at a time, again after every executed step, and later after a failure.

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { WorkQueueMetrics } from './metrics/queue-metrics.ts';
import type { Client, Informers, Recorder } from './types.ts';

/** What every controller is given. */
export interface ControllerDeps {
  client: Client;
  informers: Informers;
  /** Recorder whose `reportingComponent` is this controller's name. */
  recorder: (component: string) => Recorder;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Counts what happens in the controllers' queues. */
  queues?: WorkQueueMetrics | undefined;
}

/** What to do with a key after one pass. */
export type Outcome =
  /** Nothing left to do until an object changes. */
  | { requeue: 'never' }
  /** A step was executed: look again at once (after fresh state has arrived). */
  | { requeue: 'now' }
  | { requeue: 'after'; delayMs: number };

/** A long-lived loop. Starts nothing before `run`, and stops everything before `run` resolves. */
export interface Controller {
  readonly name: string;
  /** Runs until `signal` aborts; resolves then. Rejects only on a broken invariant. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a controller gives to `keyedController`. */
export interface KeyedControllerSpec {
  name: string;
  /** Registers informer listeners that call `enqueue`; called once, before the first pass. */
  watch: (enqueue: (key: string) => void) => void;
  /** One pass over one key. A rejection is retried with backoff; Conflict and UnreachableError are not logged as errors. */
  reconcileKey: (key: string, signal: AbortSignal) => Promise<Outcome>;
  /** Keys worked on at once; 1 unless told otherwise. */
  concurrency?: number;
  /** All keys are queued again this often. */
  resyncMs?: number;
}
