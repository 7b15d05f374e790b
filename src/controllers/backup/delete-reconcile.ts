// What is the next step of deleting a backup? Pure. The data goes first, then the files, then the objects: in the
// other order a crash would leave data that nothing names.

export interface DeleteView {
  phase: 'New' | 'InProgress' | 'Processed' | undefined;
  isDeleting: boolean;
  /** Why the request can't be carried out. */
  obstacle: string | undefined;
  /** The pod that forgets the data; undefined if there is none. */
  forgetting: ForgetState | undefined;
  /** Age of a request that has been processed. */
  ageMs: number;
}

export type ForgetState = { type: 'Running' } | { type: 'Ended'; errors: string[] };

export type DeleteStep =
  | { type: 'Settled' }
  | { type: 'Wait'; retryAfterMs: number }
  | { type: 'Accept' }
  | { type: 'Reject'; errors: string[] }
  /** Starts to forget the data; where there is none, goes on at once. */
  | { type: 'Forget' }
  | { type: 'RemoveBackup' }
  | { type: 'RemoveRequest' };

/** How long processed requests are kept. Velero: 24 hours. */
export const requestRetentionMs = 24 * 3_600_000;

/** Decides the next step of one DeleteBackupRequest. */
export function reconcileDelete(view: DeleteView): DeleteStep {
  const { phase, forgetting, ageMs } = view;
  if (view.isDeleting) return { type: 'Settled' };
  if (phase === 'Processed') {
    return ageMs >= requestRetentionMs
      ? { type: 'RemoveRequest' }
      : { type: 'Wait', retryAfterMs: requestRetentionMs - ageMs };
  }
  if (view.obstacle !== undefined) return { type: 'Reject', errors: [view.obstacle] };
  if (phase !== 'InProgress') return { type: 'Accept' };
  if (!forgetting) return { type: 'Forget' };
  if (forgetting.type === 'Running') return { type: 'Wait', retryAfterMs: requestRetentionMs };
  // What could not be forgotten is still named by the backup: another request can try again.
  return forgetting.errors.length > 0 ? { type: 'Reject', errors: forgetting.errors } : { type: 'RemoveBackup' };
}
