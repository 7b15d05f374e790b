// What is the next step of a restore? Pure; the record of what is done is on the Restore.

import type { RestorePhase } from '../../apis/velero/types.ts';

export interface RestoreView {
  phase: RestorePhase | undefined;
  isDeleting: boolean;
  /** Why the restore can't be made; looked at before it starts. */
  validationErrors: string[];
  /** False until the backup's location has been looked at for the first time. */
  isLocationKnown: boolean;
  /** Namespaces, classes, volumes and claims are there, and the downloads of their data are requested. */
  hasFoundation: boolean;
  downloads: DownloadState[];
  /** Why the backup can't be read any more. */
  failure: string | undefined;
}

export interface DownloadState {
  isFinished: boolean;
  /** Its mover still holds the claim's volume. */
  isCleaningUp: boolean;
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; reason: 'LocationValidation' | 'DataDownload' }
  | { type: 'RejectInvalid'; errors: string[] }
  | { type: 'Start' }
  | { type: 'RestoreFoundation' }
  /** Everything that is left, and the restore's record. */
  | { type: 'RestoreRest' }
  | { type: 'Fail'; message: string };

const terminalPhases: ReadonlySet<RestorePhase> = new Set([
  'FailedValidation',
  'Completed',
  'PartiallyFailed',
  'Failed',
]);

/** Has a restore of that phase ended? */
export function isTerminal(phase: RestorePhase | undefined): boolean {
  return phase !== undefined && terminalPhases.has(phase);
}

/** Decides the next step of one restore. Nothing that runs is created before the data is whole. */
export function reconcileRestore(view: RestoreView): Step {
  const { phase, downloads } = view;
  if (isTerminal(phase) || view.isDeleting) return { type: 'Settled' };
  if (phase === undefined || phase === 'New') {
    if (view.validationErrors.length > 0) return { type: 'RejectInvalid', errors: view.validationErrors };
    return view.isLocationKnown ? { type: 'Start' } : { type: 'Wait', reason: 'LocationValidation' };
  }
  if (view.failure !== undefined) return { type: 'Fail', message: view.failure };
  if (!view.hasFoundation) return { type: 'RestoreFoundation' };

  // A mover that still holds the volume would keep the application from attaching it elsewhere.
  const isMoving = downloads.some((download) => !download.isFinished || download.isCleaningUp);
  return isMoving ? { type: 'Wait', reason: 'DataDownload' } : { type: 'RestoreRest' };
}
