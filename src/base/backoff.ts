// How long to wait before trying again?

import type { Random } from './random.ts';

export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds. */
  initialMs: number;
  maxMs: number;
  /** Fraction of the delay that chance may add: 0.1 adds up to 10 %. */
  jitter?: number;
  random?: Random;
}

/** Delay in milliseconds after `failures` failures in a row (1 = the first): doubling, bounded, jittered. */
export function backoffMs(failures: number, { initialMs, maxMs, jitter = 0, random }: BackoffOptions): number {
  const doubled = Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 40));
  return doubled * (1 + jitter * (random?.next() ?? 0));
}
