// What is the next step of moving one volume's data into or out of the repository? Pure; the same for both ways.

import type { DataMovePhase } from '../apis/velero/data-types.ts';
import type { MoverResult, MoverSuccess } from './mover-result.ts';
import type { MoverState } from './mover-state.ts';

export interface MovementView {
  phase: DataMovePhase | undefined;
  isDeleting: boolean;
  isCancelled: boolean;
  hasFinalizer: boolean;
  /** Movers that ended without success. */
  failedAttempts: number;
  /** The mover of this attempt; undefined if there is no such pod. */
  mover: MoverState | undefined;
  /** Why the data can't be moved, whatever happens: its location is gone, for instance. */
  obstacle: string | undefined;
  /** Time since the movement was accepted. */
  elapsedMs: number;
  /** How long it may take. */
  timeoutMs: number;
}

export type MovementStep =
  | { type: 'Settled' }
  | { type: 'Wait'; retryAfterMs: number }
  | { type: 'Accept' }
  /** Makes the mover, and what it needs. */
  | { type: 'Expose'; attempt: number }
  | { type: 'MarkRunning'; nodeName: string }
  | { type: 'Retry'; attempt: number; why: string }
  | { type: 'Finish'; result: MoverSuccess }
  | { type: 'Fail'; message: string }
  | { type: 'Cancel' }
  | { type: 'CleanUp' };

/** How long a mover may take to start, in milliseconds. Velero's is 30 minutes. */
export const prepareTimeoutMs = 600_000;

/** Movers that may fail before the movement does. */
export const moverAttemptsMax = 3;

/** Has a movement of that phase ended? */
export function isMovementTerminal(phase: DataMovePhase | undefined): boolean {
  return phase === 'Completed' || phase === 'Failed' || phase === 'Canceled';
}

/** Decides the next step of one movement. A mover that vanished (its node died) is made again. */
export function reconcileMovement(view: MovementView): MovementStep {
  const { phase, mover, failedAttempts, elapsedMs, timeoutMs } = view;
  if (view.isDeleting || isMovementTerminal(phase))
    return view.hasFinalizer ? { type: 'CleanUp' } : { type: 'Settled' };
  if (view.isCancelled) return { type: 'Cancel' };
  if (phase === undefined || phase === 'New') return { type: 'Accept' };
  if (view.obstacle !== undefined) return { type: 'Fail', message: view.obstacle };
  if (mover?.type === 'Ended') return afterMover(mover.result, failedAttempts);
  // What never started has no reason to get hours: its claim cannot be provisioned, or no node takes the mover.
  const limitMs = phase === 'InProgress' ? timeoutMs : Math.min(timeoutMs, prepareTimeoutMs);
  if (elapsedMs >= limitMs) return { type: 'Fail', message: overdue(mover, limitMs) };
  if (!mover) return { type: 'Expose', attempt: failedAttempts };
  if (mover.type === 'Running' && phase !== 'InProgress') return { type: 'MarkRunning', nodeName: mover.nodeName };
  return { type: 'Wait', retryAfterMs: limitMs - elapsedMs };
}

function overdue(mover: MoverState | undefined, limitMs: number): string {
  if (mover?.type !== 'Pending') return `The data was not moved within ${limitMs} ms`;
  return `The mover did not start within ${limitMs} ms: ${mover.why || 'see the events of its pod and its claim'}`;
}

function afterMover(result: MoverResult, failedAttempts: number): MovementStep {
  if (result.succeeded) return { type: 'Finish', result };
  const attempt = failedAttempts + 1;
  if (result.canRetry && attempt < moverAttemptsMax) return { type: 'Retry', attempt, why: result.message };
  return { type: 'Fail', message: result.message };
}
