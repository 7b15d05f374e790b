// What kills this node's pods when its agent can't renew the lease? A kernel timer on the supervisor itself.

import type { DeadManTimer } from '../../base/kernel-process.ts';

/** Pets the timer. The deadline only moves forward: a late message of a frozen agent must not shorten or revive it. */
export class DeadMan {
  readonly #load: () => Promise<DeadManTimer>;
  #timer: Promise<DeadManTimer> | undefined;
  #deadlineMs = 0;

  constructor(load: () => Promise<DeadManTimer>) {
    this.#load = load;
  }

  /** Deadline in CLOCK_BOOTTIME milliseconds; undefined before the first pet. */
  get deadlineMs(): number | undefined {
    return this.#deadlineMs === 0 ? undefined : this.#deadlineMs;
  }

  async pet(deadlineMs: number): Promise<void> {
    this.#timer ??= this.#load();
    const timer = await this.#timer;
    if (deadlineMs <= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    timer.arm(deadlineMs);
  }
}
