// How far has a backup come? The record that a restarted controller goes on from, kept on the Backup itself.

import type { Backup } from '../apis/velero/types.ts';
import type { Problem } from './documents.ts';
import type { PodHooks } from './hooks.ts';
import type { VolumePlan } from './volumes.ts';

/** Holds BackupProgress while the backup runs. */
export const progressAnnotation = 'amarre.io/backup-progress';
/** Holds QuiesceRecord[]: how long which pod was quiesced. Stays when the backup is done. */
export const quiesceAnnotation = 'amarre.io/quiesce';
/** Keeps a Backup until its pods are thawed and its snapshots are gone. */
export const backupFinalizer = 'amarre.io/backup';

/** A volume with the snapshot that was cut of it. */
export interface VolumeRecord extends VolumePlan {
  snapshotName: string;
}

export interface BackupProgress {
  /** How often quiescing was begun. */
  attempt: number;
  /** Pods whose pre hooks may have run and whose post hooks are not known to have ended. Written before the first hook. */
  frozen: PodHooks[];
  /** RFC 3339 with microseconds; when `frozen` was last written. */
  frozenSince?: string;
  /** Every snapshot shows its group's quiesced moment. */
  isCut: boolean;
  /** The objects are in the store. */
  isStaged: boolean;
  /** RFC 3339; when they were read. */
  stagedAt?: string;
  volumes: VolumeRecord[];
  hooksAttempted: number;
  hooksFailed: number;
  totalItems: number;
  errors: Problem[];
  warnings: Problem[];
  /** Why the backup is to end Failed. */
  failure?: string;
  /** Why the last attempt at quiescing did not succeed. */
  lastError?: string;
}

/** When one pod was quiesced; RFC 3339 with microseconds. */
export interface QuiesceRecord {
  /** `namespace/name`. */
  pod: string;
  preStart: string;
  preEnd?: string;
  /** When the last snapshot of the pod's namespace was seen to be cut. */
  cut?: string;
  postStart?: string;
  postEnd?: string;
}

const nothingDone: BackupProgress = {
  attempt: 0,
  frozen: [],
  isCut: false,
  isStaged: false,
  volumes: [],
  hooksAttempted: 0,
  hooksFailed: 0,
  totalItems: 0,
  errors: [],
  warnings: [],
};

/** The progress that a Backup carries; that of a new one if it carries none. */
export function progressOf(backup: Backup): BackupProgress {
  const text = backup.metadata.annotations?.[progressAnnotation];
  return text ? { ...nothingDone, ...(JSON.parse(text) as Partial<BackupProgress>) } : nothingDone;
}

/** The quiesce records that a Backup carries. */
export function quiesceRecordsOf(backup: Backup): QuiesceRecord[] {
  const text = backup.metadata.annotations?.[quiesceAnnotation];
  return text ? (JSON.parse(text) as QuiesceRecord[]) : [];
}
