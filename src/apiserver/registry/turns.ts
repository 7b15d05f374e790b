// Who writes next when many want to write one object? Each makes its change to what the one before has written, so that
// one loses no work to another. Without turns, of N writers at once all but one would begin again each time.

import { abortable } from '../../base/abortable.ts';
import type { Clock } from '../../base/clock.ts';
import { withResolvers } from '../with-resolvers.ts';

/** One that holds its turn for longer loses it: a webhook that it waits for may want to write the same object. */
const turnMsMax = 1000;

interface Turn {
  begun: Promise<void>;
  ended: Promise<void>;
}

/** Turns to write, by store key. Nobody needs one: the store's compare-and-swap decides. */
export class Turns {
  readonly #clock: Clock;
  readonly #last = new Map<string, Turn>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does anyone have a turn, or wait for one? */
  isTaken(key: string): boolean {
    return this.#last.has(key);
  }

  /** Resolves when it is one's turn, with the function that ends it. Rejects with the abort reason. */
  async take(key: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#last.get(key);
    const { promise: begun, resolve: begin } = withResolvers();
    const { promise: ended, resolve } = withResolvers();
    const mine = { begun, ended };
    this.#last.set(key, mine);
    const end = (): void => {
      begin();
      resolve();
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    try {
      if (before) await this.#outlast(before, signal);
    } catch (error) {
      end();
      throw error;
    }
    begin();
    return end;
  }

  /** The turn before may take its time from when it begins: who waits for it does not pay for those before that. */
  async #outlast({ begun, ended }: Turn, signal: AbortSignal): Promise<void> {
    await abortable(begun, signal);
    signal.throwIfAborted();
    const waited = new AbortController();
    const onAbort = (): void => waited.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([ended, this.#clock.sleep(turnMsMax, waited.signal)]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      waited.abort();
    }
  }
}
