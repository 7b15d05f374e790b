// Who works on a volume right now? One call at a time (CSI: "Concurrency").

import { RpcError } from '../../rpc-error.ts';

/** Locks by name, first come first served. */
export class KeyedLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `task` alone under `key`. Rejects with ABORTED when something else does, as CSI asks. */
  tryRun<T>(key: string, task: () => Promise<T>): Promise<T> {
    if (this.#tails.has(key)) {
      return Promise.reject(new RpcError('ABORTED', `Another operation on ${key} is pending`));
    }
    return this.run(key, task);
  }

  /** Runs `task` alone under `key`, after those that came before. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const previous = this.#tails.get(key) ?? Promise.resolve();
    const running = previous.then(task, task);
    this.#tails.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#tails.get(key) === running) this.#tails.delete(key);
    }
  }

  isHeld(key: string): boolean {
    return this.#tails.has(key);
  }
}
