// Is this pod to be removed, because nobody else will?

import { isTerminated } from '../../apis/core/claims.ts';
import type { PodView } from './view.ts';

/** A Node may be deleted and created again while its pods run on. Upstream's quarantineTime. */
export const nodeMissingMinMs = 40_000;

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; retryAfterMs: number }
  /** The node is gone or out of service, but what the pod could still write to there is not proven stopped. */
  | { type: 'Hold'; node: 'gone' | 'out of service'; volumes: string[] }
  /** Deletes at once, after making sure that the node is missing if `isOrphan`. */
  | { type: 'Delete'; isOrphan: boolean };

export function reconcilePod(view: PodView): Step {
  const { pod, nodeMissingMs, isNodeOutOfService, unprovenVolumes, isSurplus } = view;
  const { nodeName } = pod.spec ?? {};
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  const mayWrite = !isTerminated(pod) && unprovenVolumes.length > 0;
  if (!nodeName) {
    return isGoing || isSurplus ? { type: 'Delete', isOrphan: false } : { type: 'Settled' };
  }
  if (isSurplus) return { type: 'Delete', isOrphan: false };

  // Nobody is there to end it. Source: podgc gcTerminating.
  if (isNodeOutOfService && isGoing)
    return mayWrite
      ? { type: 'Hold', node: 'out of service', volumes: unprovenVolumes }
      : { type: 'Delete', isOrphan: false };

  if (nodeMissingMs === undefined) return { type: 'Settled' };
  if (nodeMissingMs < nodeMissingMinMs) return { type: 'Wait', retryAfterMs: nodeMissingMinMs - nodeMissingMs };
  if (mayWrite) return { type: 'Hold', node: 'gone', volumes: unprovenVolumes };
  return { type: 'Delete', isOrphan: true };
}
