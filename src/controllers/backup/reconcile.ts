// What is the next step of a backup? Pure; the record of what is done is on the Backup.

import type { BackupPhase } from '../../apis/velero/types.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import type { BackupProgress } from '../../backup/progress.ts';

/** What decides about a backup. */
export interface BackupView {
  phase: BackupPhase | undefined;
  isDeleting: boolean;
  hasFinalizer: boolean;
  progress: BackupProgress;
  /** Why the backup can't be made; looked at before it starts. */
  validationErrors: string[];
  /** False until the backup's location has been looked at for the first time. */
  isLocationKnown: boolean;
  /** Another backup runs, or waits for longer. */
  isBlocked: boolean;
  /** Snapshots of this backup that still exist. */
  snapshotCount: number;
  uploads: UploadView[];
}

export interface UploadView {
  /** Of the claim. */
  claimUid: string;
  isFinished: boolean;
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; reason: 'LocationValidation' | 'DataUpload' }
  | { type: 'RejectInvalid'; errors: string[] }
  | { type: 'Queue' }
  | { type: 'Start' }
  /** Runs the post hooks of pods that a crash or a failure left quiesced. */
  | { type: 'Thaw' }
  | { type: 'DeleteSnapshots' }
  | { type: 'DeleteUploads' }
  | { type: 'Quiesce'; attempt: number }
  | { type: 'GiveUp'; message: string }
  | { type: 'Stage' }
  | { type: 'CreateUploads' }
  | { type: 'Finalize' }
  | { type: 'Complete' }
  | { type: 'Fail'; message: string }
  | { type: 'RemoveFinalizer' };

/** How often quiescing is begun before the backup fails: a restarted controller or driver needs a second try. */
export const attemptsMax = 3;

/**
 * Decides the next step of one backup.
 *
 * Thawing comes before everything else, whatever the backup's state: no decision about the backup is worth
 * an application that stands still. Everything slow comes after the snapshots are cut and the pods are thawed.
 */
export function reconcileBackup(view: BackupView): Step {
  const { phase, progress } = view;
  if (progress.frozen.length > 0) return { type: 'Thaw' };
  if (view.isDeleting || hasBackupEnded(phase)) return tidyUp(view);
  if (phase === undefined || phase === 'New' || phase === 'Queued' || phase === 'ReadyToStart') return begin(view);
  if (progress.failure !== undefined) return fail(view, progress.failure);
  if (phase === 'Finalizing' || phase === 'FinalizingPartiallyFailed') {
    return view.snapshotCount > 0 ? { type: 'DeleteSnapshots' } : { type: 'Complete' };
  }
  return advance(view);
}

function begin(view: BackupView): Step {
  if (view.validationErrors.length > 0) return { type: 'RejectInvalid', errors: view.validationErrors };
  if (!view.isLocationKnown) return { type: 'Wait', reason: 'LocationValidation' };
  // Two backups could thaw each other's pods.
  if (view.isBlocked) return view.phase === 'Queued' ? { type: 'Settled' } : { type: 'Queue' };
  return { type: 'Start' };
}

function advance({ progress, uploads, snapshotCount }: BackupView): Step {
  if (!progress.isCut) {
    // Snapshots of an attempt that did not end show no quiesced moment.
    if (snapshotCount > 0) return { type: 'DeleteSnapshots' };
    if (progress.attempt < attemptsMax) return { type: 'Quiesce', attempt: progress.attempt + 1 };
    const why = progress.lastError ?? 'the controller was restarted each time';
    return { type: 'GiveUp', message: `Gave up after ${attemptsMax} attempts to quiesce and snapshot: ${why}` };
  }

  // The objects are read before the data is moved: the application may change, or be deleted, meanwhile.
  if (!progress.isStaged) return { type: 'Stage' };

  const missing = progress.volumes.some((volume) => uploads.every((upload) => upload.claimUid !== volume.claimUid));
  if (missing) return { type: 'CreateUploads' };
  if (uploads.some((upload) => !upload.isFinished)) return { type: 'Wait', reason: 'DataUpload' };
  return { type: 'Finalize' };
}

/** Nothing of a failed backup is kept. */
function fail({ uploads, snapshotCount }: BackupView, message: string): Step {
  if (uploads.length > 0) return { type: 'DeleteUploads' };
  if (snapshotCount > 0) return { type: 'DeleteSnapshots' };
  return { type: 'Fail', message };
}

function tidyUp({ snapshotCount, hasFinalizer }: BackupView): Step {
  if (!hasFinalizer) return { type: 'Settled' };
  if (snapshotCount > 0) return { type: 'DeleteSnapshots' };
  return { type: 'RemoveFinalizer' };
}
