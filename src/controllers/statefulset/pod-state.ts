// In which state is a pod, as far as its set cares? Models stateful_set_utils.

import { isPodReady, podCondition } from '../../apis/core/conditions.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import { revisionLabel } from './names.ts';

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Has the pod ended for good? A set's pods never should. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod);
}

export function isHealthy(pod: Pod): boolean {
  return isRunningAndReady(pod) && !isTerminating(pod);
}

/** Milliseconds until a ready pod has been ready for `minReadySeconds`; 0 if it has, Infinity if it is not ready. */
export function availableInMs(
  pod: Pod,
  { minReadySeconds, nowMs }: { minReadySeconds: number; nowMs: number },
): number {
  if (!isRunningAndReady(pod)) return Number.POSITIVE_INFINITY;
  if (minReadySeconds === 0) return 0;
  const readySince = podCondition(pod, 'Ready')?.lastTransitionTime;
  return readySince ? Math.max(0, epochMsOf(readySince) + minReadySeconds * 1000 - nowMs) : minReadySeconds * 1000;
}

/** Name of the ControllerRevision that the pod was made from. */
export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel];
}
