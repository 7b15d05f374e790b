// What is the next step of a schedule? Pure. Runs that were missed are not made up for, but for one.

export interface ScheduleView {
  isDeleting: boolean;
  isPaused: boolean;
  phase: 'New' | 'Enabled' | 'FailedValidation' | undefined;
  /** As the schedule says them now. */
  recordedErrors: string[];
  /** Why its expression cannot be read; empty if it can. */
  errors: string[];
  skipImmediately: boolean;
  nowMs: number;
  /** `status.lastBackup`; undefined if it says none. */
  recordedRunMs: number | undefined;
  /** When the newest backup was made that this schedule made. */
  newestRunMs: number | undefined;
  /** When the next run is due; undefined if never. */
  dueMs: number | undefined;
  /** A backup of this schedule has not ended. */
  isRunning: boolean;
}

export type Step =
  | { type: 'Settled' }
  /** Takes a run that may be due as done. */
  | { type: 'Skip' }
  | { type: 'SetPhase'; phase: 'Enabled' | 'FailedValidation'; errors: string[] }
  /** Notes a run of which only the backup tells. */
  | { type: 'Record'; atMs: number }
  | { type: 'Run' }
  | { type: 'Wait'; retryAfterMs: number };

/** Longest sleep: clocks are set, and machines sleep. Source: Velero's scheduleSyncPeriod. */
const lookAgainMs = 60_000;

/** Decides the next step of one schedule. One that is paused is not even looked at, as with Velero. */
export function reconcileSchedule(view: ScheduleView): Step {
  if (view.isDeleting || view.isPaused) return { type: 'Settled' };
  if (view.skipImmediately) return { type: 'Skip' };

  const phase = view.errors.length > 0 ? 'FailedValidation' : 'Enabled';
  const isNoted = view.phase === phase && view.recordedErrors.join('\n') === view.errors.join('\n');
  if (!isNoted) return { type: 'SetPhase', phase, errors: view.errors };
  if (phase === 'FailedValidation') return { type: 'Settled' };

  // A crash came between the backup and the note of it: another backup must not follow.
  const { newestRunMs, recordedRunMs, dueMs, nowMs } = view;
  if (newestRunMs !== undefined && newestRunMs > (recordedRunMs ?? -Infinity)) {
    return { type: 'Record', atMs: newestRunMs };
  }
  if (dueMs === undefined) return { type: 'Settled' };
  if (dueMs > nowMs) return { type: 'Wait', retryAfterMs: Math.min(dueMs - nowMs, lookAgainMs) };

  // The end of the one that runs wakes the schedule.
  return view.isRunning ? { type: 'Wait', retryAfterMs: lookAgainMs } : { type: 'Run' };
}
