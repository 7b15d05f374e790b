// When may a claim be tried again after the driver had no room for it? The scheduler chooses a node again at once,
// which would call the driver as fast as it can refuse.

import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';

const initialMs = 500;
// A node whose driver registers late, or room that was made, should not wait much longer than that.
const maxMs = 10_000;

/** Remembers refusals by claim UID, in memory only: after a restart one call too many does no harm. */
export class Refusals {
  readonly #clock: Clock;
  readonly #claims = new Map<string, { failures: number; againAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The driver refused: each refusal in a row doubles the wait. */
  note(claimUID: string): void {
    const failures = (this.#claims.get(claimUID)?.failures ?? 0) + 1;
    this.#claims.set(claimUID, {
      failures,
      againAtMs: this.#clock.monotonic() + backoffMs(failures, { initialMs, maxMs }),
    });
  }

  /** Milliseconds until the claim may be tried again; 0 if it may be now. */
  waitMs(claimUID: string): number {
    const refusal = this.#claims.get(claimUID);
    return refusal ? Math.max(0, refusal.againAtMs - this.#clock.monotonic()) : 0;
  }

  /** The claim was served, or is gone. */
  forget(claimUID: string): void {
    this.#claims.delete(claimUID);
  }
}
