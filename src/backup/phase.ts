// Has a backup ended?

import type { BackupPhase } from '../apis/velero/types.ts';

const terminalPhases: ReadonlySet<BackupPhase> = new Set([
  'FailedValidation',
  'Completed',
  'PartiallyFailed',
  'Failed',
  'Deleting',
]);

/** Has a backup of that phase ended? */
export function hasBackupEnded(phase: BackupPhase | undefined): boolean {
  return phase !== undefined && terminalPhases.has(phase);
}
