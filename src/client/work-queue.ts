// Which key is next? A queue that merges repeats, never gives one key to two workers, and holds
// failed keys back for longer each time. Models k8s.io/client-go/util/workqueue.

import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { withAbortScope } from './abort-scope.ts';
import type { QueueMetrics } from './metrics/queue-metrics.ts';

export interface WorkQueueOptions {
  clock: Clock;
  random: Random;
  /** Delay after a key's first failure; doubles with each further one. */
  initialBackoffMs?: number;
  maxBackoffMs?: number;
  /** Told of what happens to keys. */
  metrics?: QueueMetrics | undefined;
}

/**
 * A key added while it waits is queued once; a key added while it is worked on is queued again when
 * its worker is done. Every `next` must be followed by `done`.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #initialBackoffMs: number;
  readonly #maxBackoffMs: number;
  readonly #metrics: QueueMetrics | undefined;
  /** Keys to be worked on, whether in `#ready` or held back because they are being worked on. */
  readonly #dirty = new Set<string>();
  readonly #working = new Set<string>();
  readonly #ready: string[] = [];
  /** Monotonic milliseconds at which a key is to be added. */
  readonly #delayed = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #waiters = new Set<() => void>();

  constructor({ clock, random, initialBackoffMs = 10, maxBackoffMs = 30_000, metrics }: WorkQueueOptions) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#random = random;
    this.#initialBackoffMs = initialBackoffMs;
    this.#maxBackoffMs = maxBackoffMs;
  }

  /** Keys that could be taken now. */
  get length(): number {
    return this.#ready.length;
  }

  add(key: string): void {
    // What waits for later needs no second visit.
    this.#delayed.delete(key);
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    this.#metrics?.added(key);
    if (this.#working.has(key)) return;
    this.#ready.push(key);
    this.#wake();
  }

  /** Adds `key` in `delayMs`. Of several delays the shortest holds. */
  addAfter(key: string, delayMs: number): void {
    this.#metrics?.retried();
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    if (this.#dirty.has(key) && !this.#working.has(key)) return;
    const dueMs = this.#clock.monotonic() + delayMs;
    const known = this.#delayed.get(key);
    if (known !== undefined && known <= dueMs) return;
    this.#delayed.set(key, dueMs);
    this.#wake();
  }

  /** Adds `key` after its backoff, which doubles until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const options = { initialMs: this.#initialBackoffMs, maxMs: this.#maxBackoffMs, jitter: 0.1, random: this.#random };
    this.addAfter(key, backoffMs(failures, options));
  }

  /** Resets the backoff of `key`. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures of `key` in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Resolves with a key as soon as there is one; rejects with the abort reason. */
  async next(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      this.#addDue();
      const key = this.#ready.shift();
      if (key !== undefined) {
        this.#dirty.delete(key);
        this.#working.add(key);
        this.#metrics?.taken(key);
        return key;
      }
      await this.#changeOrDue(signal);
    }
  }

  /** The worker of `key` has finished, well or not. */
  done(key: string): void {
    this.#working.delete(key);
    this.#metrics?.finished(key);
    if (!this.#dirty.has(key)) return;
    this.#ready.push(key);
    this.#wake();
  }

  #addDue(): void {
    const nowMs = this.#clock.monotonic();
    for (const [key, dueMs] of this.#delayed) if (dueMs <= nowMs) this.add(key);
  }

  #changeOrDue(signal: AbortSignal): Promise<void> {
    const dueMs = Math.min(...this.#delayed.values());
    return withAbortScope(signal, async (scope) => {
      let wake = (): void => {};
      const change = new Promise<void>((resolve) => {
        wake = resolve;
      });
      this.#waiters.add(wake);
      scope.signal.addEventListener('abort', wake, { once: true });
      if (scope.signal.aborted) wake();
      try {
        const due = Number.isFinite(dueMs) ? [this.#sleepUntil(dueMs, scope.signal)] : [];
        await Promise.race([change, ...due]);
      } finally {
        this.#waiters.delete(wake);
      }
    });
  }

  async #sleepUntil(dueMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(Math.max(0, dueMs - this.#clock.monotonic()), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
