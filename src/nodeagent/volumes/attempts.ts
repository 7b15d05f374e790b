// When is a volume step that failed tried again? Later each time, but at once when something else is wanted.

import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';

interface Failure {
  failures: number;
  message: string;
  /** clock.monotonic(). */
  retryAtMs: number;
  wanted: string;
}

// Kubelet: 500 ms doubling to 2 min 2 s; local mounts are quicker, so the first retry is.
const retry = { initialMs: 200, maxMs: 122_000 };

/** Failures of one node's volume steps, by volume handle. */
export class Attempts {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  messageOf(volumeHandle: string): string | undefined {
    return this.#failures.get(volumeHandle)?.message;
  }

  succeeded(volumeHandle: string): void {
    this.#failures.delete(volumeHandle);
  }

  /** `wanted` says for what the step was; another text is another attempt. Returns the wait and the count. */
  failed(
    volumeHandle: string,
    { error, wanted }: { error: unknown; wanted: string },
  ): { waitMs: number; failures: number } {
    const before = this.#failures.get(volumeHandle);
    const failures = (before?.wanted === wanted ? before.failures : 0) + 1;
    const waitMs = backoffMs(failures, retry);
    const message = error instanceof Error ? error.message : String(error);
    this.#failures.set(volumeHandle, { failures, message, wanted, retryAtMs: this.#clock.monotonic() + waitMs });
    return { waitMs, failures };
  }

  /** Handles that must wait, given what is wanted of them now. */
  waiting(wantedOf: (volumeHandle: string) => string): string[] {
    const nowMs = this.#clock.monotonic();
    return [...this.#failures]
      .filter(([handle, { retryAtMs, wanted }]) => retryAtMs > nowMs && wanted === wantedOf(handle))
      .map(([handle]) => handle);
  }
}
