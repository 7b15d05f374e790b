// Which pods do tests of rules share, beyond the one that runs?

import type { Pod } from '../../apis/core/generated/v1.ts';
import { merged, minutesAgo, type Overrides, pod } from './builders.ts';

/** A pod without a node, of which the scheduler has said so for so many minutes. */
export function unschedulablePod(
  minutes: number,
  message = '0/1 nodes are available.',
  overrides: Overrides<Pod> = {},
): Pod {
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return pod(
    merged(
      {
        spec: { nodeName: undefined },
        status: { phase: 'Pending', conditions: [{ ...condition, lastTransitionTime: minutesAgo(minutes) }] },
      },
      overrides,
    ),
  );
}
