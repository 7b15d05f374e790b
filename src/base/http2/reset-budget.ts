// How often may a client take a request back? A flood of requests that are cancelled at once costs it nothing, and the
// server their work (CVE-2023-44487).

import { ConnectionError, errorCodes } from './frames.ts';

/** The bounds that nghttp2 has: a burst, and what comes back in a second. */
const burst = 1000;
const perSecond = 33;

export class ResetBudget {
  readonly #monotonic: () => number;
  #left = burst;
  #at: number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#at = monotonic();
  }

  /** Counts a stream that ended otherwise than by its answer. Throws ConnectionError if there are too many. */
  spend(): void {
    const now = this.#monotonic();
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1000) * perSecond) - 1;
    this.#at = now;
    if (this.#left < 0) throw new ConnectionError(errorCodes.enhanceYourCalm, 'There are too many cancelled streams');
  }
}
