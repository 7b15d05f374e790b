// Is it time to look at a location, and what does a look mean for it? Pure.

import type { Backup, BackupStorageLocationStatus } from '../../apis/velero/types.ts';

export interface LocationView {
  isDeleting: boolean;
  phase: BackupStorageLocationStatus['phase'] | undefined;
  /** Time since the last look; undefined if there was none, or the spec has changed since. */
  sinceValidationMs: number | undefined;
  sinceSyncMs: number | undefined;
  validationFrequencyMs: number;
  syncPeriodMs: number;
  /** It does not say which authority its downloads are to be trusted by. */
  lacksAuthority: boolean;
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; retryAfterMs: number }
  | { type: 'AddAuthority' }
  | { type: 'Validate' }
  /** Makes the Backups of the API those of the store. */
  | { type: 'Sync' };

/** What is mended should not have to wait: an unavailable location is looked at this often, in milliseconds. */
const unavailableFrequencyMs = 5_000;

/** Decides what is due. A period of 0 switches that work off, but a location is looked at once in any case. */
export function reconcileLocation(view: LocationView): Step {
  const { sinceValidationMs, sinceSyncMs, syncPeriodMs } = view;
  const validationFrequencyMs =
    view.phase === 'Unavailable'
      ? Math.min(view.validationFrequencyMs, unavailableFrequencyMs)
      : view.validationFrequencyMs;
  if (view.isDeleting) return { type: 'Settled' };
  if (view.lacksAuthority) return { type: 'AddAuthority' };
  const isDue = (since: number | undefined, periodMs: number): boolean =>
    since === undefined || (periodMs > 0 && since >= periodMs);
  if (isDue(sinceValidationMs, validationFrequencyMs)) return { type: 'Validate' };
  const syncs = view.phase === 'Available' && syncPeriodMs > 0;
  if (syncs && isDue(sinceSyncMs, syncPeriodMs)) return { type: 'Sync' };
  const waits = [
    ...(validationFrequencyMs > 0 ? [validationFrequencyMs - (sinceValidationMs ?? 0)] : []),
    ...(syncs ? [syncPeriodMs - (sinceSyncMs ?? 0)] : []),
  ];
  return waits.length > 0 ? { type: 'Wait', retryAfterMs: Math.min(...waits) } : { type: 'Settled' };
}

const restorable = new Set(['Completed', 'PartiallyFailed']);

export interface SyncPlan {
  /** Names in the store without a Backup. */
  missing: string[];
  /** Backups whose files are gone. */
  vanished: Backup[];
}

/**
 * Compares the store's backups with the API's. Only Backups that have ended are ever taken for vanished, and none
 * if the store holds nothing at all: an empty folder is likelier a disk that is not mounted.
 */
export function planSync(stored: string[], backups: Backup[]): SyncPlan {
  const known = new Set(backups.map((backup) => backup.metadata.name));
  const isStored = new Set(stored);
  return {
    missing: stored.filter((name) => !known.has(name)),
    vanished:
      stored.length === 0
        ? []
        : backups.filter((backup) => restorable.has(backup.status?.phase ?? '') && !isStored.has(backup.metadata.name)),
  };
}
