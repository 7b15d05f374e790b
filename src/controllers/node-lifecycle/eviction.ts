// Must a pod leave its tainted node, and when? Models kubernetes/pkg/controller/tainteviction.

import type { Pod, Taint } from '../../apis/core/generated/v1.ts';
import { tolerates, untoleratedTaints } from '../../apis/core/taints.ts';
import { epochMsOf } from '../../base/clock.ts';

export interface EvictionView {
  pod: Pod;
  /** Of the pod's node. */
  taints: readonly Taint[];
  /** Wall-clock milliseconds. */
  nowMs: number;
}

export type EvictionStep = { type: 'Settled' } | { type: 'Wait'; retryAfterMs: number } | { type: 'Evict' };

/**
 * A taint that nothing tolerates evicts at once; one that is tolerated for some seconds evicts when the shortest of these
 * has passed since the taint was added, so that a restart of this process does not give the pod more time.
 */
export function reconcileEviction({ pod, taints, nowMs }: EvictionView): EvictionStep {
  if (pod.metadata.deletionTimestamp) return { type: 'Settled' };
  const { tolerations = [] } = pod.spec ?? {};
  if (untoleratedTaints(taints, tolerations, ['NoExecute']).length > 0) return { type: 'Evict' };

  const dueMs = Math.min(
    ...taints
      .filter(({ effect }) => effect === 'NoExecute')
      .flatMap((taint) =>
        tolerations
          .filter((toleration) => tolerates(toleration, taint) && toleration.tolerationSeconds !== undefined)
          .map(({ tolerationSeconds = 0 }) => addedMs(taint, nowMs) + Math.max(0, tolerationSeconds) * 1000),
      ),
  );
  if (dueMs === Number.POSITIVE_INFINITY) return { type: 'Settled' };
  return dueMs <= nowMs ? { type: 'Evict' } : { type: 'Wait', retryAfterMs: dueMs - nowMs };
}

function addedMs({ timeAdded }: Taint, nowMs: number): number {
  return timeAdded ? epochMsOf(timeAdded) : nowMs;
}
