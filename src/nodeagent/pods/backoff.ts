// When may a container be started again: one that ended, one whose start was refused? Pure. One that ended at once the
// first time, then after 10 s, doubling to 5 min.

import { backoffMs } from '../../base/backoff.ts';
import type { StartRefusal } from '../runtime/types.ts';

const initialMs = 10_000;
const maxMs = 300_000;
// A run this long makes the next failure the first one again. Kubelet: MaxContainerBackOff × 2.
const resetAfterMs = 600_000;

/** Delay that applies to the next restart; undefined: none yet. */
export interface RestartBackoff {
  delayMs: number;
}

export interface Run {
  startedAt: number;
  finishedAt: number;
}

/** Earliest time of the next start after `run`, in the same milliseconds. */
export function restartAllowedAt(backoff: RestartBackoff | undefined, run: Run): number {
  if (!backoff || run.finishedAt - run.startedAt >= resetAfterMs) return run.finishedAt;
  return run.finishedAt + backoff.delayMs;
}

/** What to remember when the container is started again after `run`. */
export function afterRestart(backoff: RestartBackoff | undefined, run: Run): RestartBackoff {
  if (!backoff || run.finishedAt - run.startedAt >= resetAfterMs) return { delayMs: initialMs };
  return { delayMs: Math.min(maxMs, backoff.delayMs * 2) };
}

// The kubelet's sync loop tries again after 10 s; a moment's trouble of the machine is over sooner.
const refusedStart = { initialMs: 500, maxMs: 10_000 };
// A fence is lifted by a new attachment, which may come at any moment.
const fencedMs = 1_000;

/** Wait before the next try after `refusals` refused starts in a row (1 = the first). */
export function refusedStartRetryMs(reason: StartRefusal, refusals: number): number {
  return reason === 'VolumeFenced' ? fencedMs : backoffMs(refusals, refusedStart);
}
