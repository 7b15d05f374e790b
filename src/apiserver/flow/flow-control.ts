// Who is served next when there are more requests than the server should have at once? Each priority level has
// its own seats; within a level every flow has its turn, so that one user's flood delays only that user.

import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { Lifetime } from '../api-server.ts';
import { levelShares, type PriorityLevel } from './levels.ts';

export interface FlowControlOptions {
  clock: Clock;
  /** Requests at once over all levels; 600 unless told otherwise, as upstream's two limits together. */
  seats?: number;
  /** Requests of one flow that wait at most; 50 unless told otherwise. */
  queueMax?: number;
  /** A request that has waited so long is refused; 15 s unless told otherwise. */
  waitMs?: number;
}

export type RequestKind = 'mutating' | 'readOnly';

/** What wants to be served. */
export interface Turn {
  level: PriorityLevel;
  flow: string;
  kind?: RequestKind;
  onRefused?: () => void;
}

interface Waiter {
  admit: () => void;
}

/** The queues of one priority level. */
class Level {
  readonly seats: number;
  readonly #flows = new Map<string, Waiter[]>();
  #taken = 0;

  constructor(seats: number) {
    this.seats = seats;
  }

  /** Takes a seat if one is free; nobody waits then. */
  take(): boolean {
    if (this.#taken >= this.seats) return false;
    this.#taken += 1;
    return true;
  }

  waiting(flow: string): number {
    return this.#flows.get(flow)?.length ?? 0;
  }

  join(flow: string, waiter: Waiter): void {
    const queue = this.#flows.get(flow);
    if (queue) queue.push(waiter);
    else this.#flows.set(flow, [waiter]);
  }

  leave(flow: string, waiter: Waiter): void {
    const left = this.#flows.get(flow)?.filter((other) => other !== waiter) ?? [];
    if (left.length === 0) this.#flows.delete(flow);
    else this.#flows.set(flow, left);
  }

  /** Gives the seat to the flow whose turn it is, or back. */
  release(): void {
    const [next] = this.#flows;
    if (!next) {
      this.#taken -= 1;
      return;
    }
    const [flow, [waiter, ...rest]] = next;
    // To the end of the round: Map keeps the order of insertion.
    this.#flows.delete(flow);
    if (rest.length > 0) this.#flows.set(flow, rest);
    waiter?.admit();
  }
}

export class FlowControl {
  readonly #options: Required<FlowControlOptions>;
  readonly #levels: Record<PriorityLevel, Level>;
  readonly #queued = { mutating: 0, readOnly: 0 };

  constructor(options: FlowControlOptions) {
    this.#options = { seats: 600, queueMax: 50, waitMs: 15_000, ...options };
    const total = Object.values(levelShares).reduce((sum, share) => sum + share, 0);
    const levels = Object.entries(levelShares).map(([name, share]) => [
      name,
      new Level(Math.ceil((this.#options.seats * share) / total)),
    ]);
    this.#levels = Object.fromEntries(levels) as Record<PriorityLevel, Level>;
  }

  /** Requests that wait now. */
  queued(kind: RequestKind): number {
    return this.#queued[kind];
  }

  /** Requests that a level serves at once. */
  seatsOf(level: PriorityLevel): number {
    return this.#levels[level].seats;
  }

  /**
   * Runs `task` when it is the turn of `flow`. Rejects with TooManyRequests if too many of the flow wait already or
   * the wait is too long, having told `onRefused`, and with the abort reason.
   */
  async run<T>(
    { level: name, flow, kind = 'readOnly', onRefused }: Turn,
    task: () => Promise<T>,
    lifetime: Lifetime,
  ): Promise<T> {
    const level = this.#levels[name];
    if (!level.take()) {
      this.#queued[kind] += 1;
      try {
        await this.#wait(level, flow, lifetime.signal);
      } catch (error) {
        if (isStatus(error, 'TooManyRequests')) onRefused?.();
        throw error;
      } finally {
        this.#queued[kind] -= 1;
      }
    }
    try {
      return await task();
    } finally {
      level.release();
    }
  }

  async #wait(level: Level, flow: string, signal: AbortSignal): Promise<void> {
    const { clock, queueMax, waitMs } = this.#options;
    if (level.waiting(flow) >= queueMax) throw tooManyRequests();
    let waiter: Waiter = { admit: () => {} };
    let isAdmitted = false;
    try {
      await clock.withTimeout({ what: 'a turn', timeoutMs: waitMs, signal }, (bounded) => {
        return new Promise<void>((resolve, reject) => {
          waiter = {
            admit: () => {
              isAdmitted = true;
              resolve();
            },
          };
          level.join(flow, waiter);
          bounded.addEventListener('abort', () => reject(bounded.reason as Error), { once: true });
        });
      });
    } catch (error) {
      // The turn may have come in the same moment: it goes to the next one.
      if (isAdmitted) level.release();
      else level.leave(flow, waiter);
      if (error instanceof TimeoutError && !signal.aborted) throw tooManyRequests();
      throw error;
    }
  }
}

function tooManyRequests(): StatusError {
  return new StatusError('TooManyRequests', 'too many requests, please try again later', {
    details: { retryAfterSeconds: 1 },
  });
}
