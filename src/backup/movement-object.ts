// What do a DataUpload and a DataDownload have in common? Who serves them, how their movers are called, what decides about them.

import type { KubeObject } from '../apimachinery/meta.ts';
import type { DataMoveStatus } from '../apis/velero/data-types.ts';
import type { BackupStorageLocation } from '../apis/velero/types.ts';
import { epochMsOf } from '../base/clock.ts';
import { goDurationOr } from './duration.ts';
import { folderOf, locationNamed } from './location.ts';
import type { MovementView } from './movement.ts';

/** How many movers of a movement have failed. */
export const attemptsAnnotation = 'amarre.io/failed-attempts';
/** The data mover that serves uploads and downloads. */
export const moverName = 'amarre.io/restic';

/** A DataUpload or a DataDownload. */
export interface DataMove extends KubeObject {
  spec?: { backupStorageLocation: string; cancel?: boolean; operationTimeout: string };
  status?: DataMoveStatus;
}

/** Name of the mover of one attempt, in whichever namespace it runs. */
export function moverPodName({ metadata }: KubeObject, attempt: number): string {
  return attempt === 0 ? metadata.name : `${metadata.name}-${attempt}`;
}

export function failedAttemptsOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[attemptsAnnotation] ?? 0);
}

const defaultTimeoutMs = 4 * 3_600_000;

/** Everything that decides about `move`. Pure. */
export function movementView(
  move: DataMove,
  { finalizer, nowMs, ...found }: Pick<MovementView, 'mover' | 'obstacle'> & { finalizer: string; nowMs: number },
): MovementView {
  const { metadata, spec, status } = move;
  return {
    ...found,
    phase: status?.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isCancelled: spec?.cancel === true,
    hasFinalizer: metadata.finalizers?.includes(finalizer) ?? false,
    failedAttempts: failedAttemptsOf(move),
    elapsedMs: nowMs - epochMsOf(status?.acceptedTimestamp ?? metadata.creationTimestamp),
    timeoutMs: goDurationOr(spec?.operationTimeout, defaultTimeoutMs),
  };
}

/** The folder of the movement's location among `locations`, or why there is none. Pure. */
export function folderOfMove(
  { spec }: DataMove,
  locations: BackupStorageLocation[],
): { path: string } | { error: string } {
  const name = spec?.backupStorageLocation ?? '';
  const location = locationNamed(name || undefined, locations);
  return location ? folderOf(location) : { error: `backup storage location "${name}" not found` };
}
