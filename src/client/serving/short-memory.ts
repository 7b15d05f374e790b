// What was found out just now? Remembered for a while, so that a caller who asks again and again costs one question.

import type { Clock } from '../../base/clock.ts';

/** No caller's inventions may fill the memory. */
const entriesMax = 1_000;

export class ShortMemory<T> {
  readonly #clock: Clock;
  readonly #rememberMs: number;
  readonly #known = new Map<string, { value: T; untilMs: number }>();

  constructor(clock: Clock, rememberMs: number) {
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  /** What is known of `key`, or what `find` says. A rejection is not remembered. */
  async of(key: string, find: () => Promise<T>): Promise<T> {
    const found = this.#known.get(key);
    if (found && this.#clock.monotonic() < found.untilMs) return found.value;
    const value = await find();
    this.#known.delete(key);
    this.#known.set(key, { value, untilMs: this.#clock.monotonic() + this.#rememberMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= entriesMax) break;
      this.#known.delete(oldest);
    }
    return value;
  }
}
