// How far has a restore come? The record that a restarted controller goes on from, kept on the Restore itself.

import type { Restore } from '../../apis/velero/types.ts';

/** Holds RestoreProgress while the restore runs. */
export const progressAnnotation = 'amarre.io/restore-progress';

export interface RestoreProgress {
  hasFoundation: boolean;
  /** Why the restore is to end Failed. */
  failure?: string;
}

/** The progress that a Restore carries. */
export function progressOf(restore: Restore): RestoreProgress {
  const text = restore.metadata.annotations?.[progressAnnotation];
  return text ? (JSON.parse(text) as RestoreProgress) : { hasFoundation: false };
}
