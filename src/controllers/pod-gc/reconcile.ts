// Is this pod to be removed, because nobody else will?

import { isTerminated } from '../../apis/core/claims.ts';
import type { PodView } from './view.ts';

/** A Node may be deleted and created again while its pods run on. Upstream's quarantineTime. */
export const nodeMissingMinMs = 40_000;

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; retryAfterMs: number }
  /** The node is gone, but what the pod could still write to there is not proven stopped. */
  | { type: 'Hold'; volumes: string[] }
  /** Deletes at once, after making sure that the node is missing if `isOrphan`. */
  | { type: 'Delete'; isOrphan: boolean };

export function reconcilePod({ pod, nodeMissingMs, unprovenVolumes, isSurplus }: PodView): Step {
  const { nodeName } = pod.spec ?? {};
  if (!nodeName) {
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    return isGoing || isSurplus ? { type: 'Delete', isOrphan: false } : { type: 'Settled' };
  }
  if (isSurplus) return { type: 'Delete', isOrphan: false };

  if (nodeMissingMs === undefined) return { type: 'Settled' };
  if (nodeMissingMs < nodeMissingMinMs) return { type: 'Wait', retryAfterMs: nodeMissingMinMs - nodeMissingMs };
  if (!isTerminated(pod) && unprovenVolumes.length > 0) return { type: 'Hold', volumes: unprovenVolumes };
  return { type: 'Delete', isOrphan: true };
}
