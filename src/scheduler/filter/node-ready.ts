// Does the node answer? A node may be silent for a moment before its taint is written; it is not chosen in that moment either.

import { nodeCondition } from '../../apis/core/conditions.ts';
import { nodeTaints } from '../../apis/core/taints.ts';
import type { Filter } from '../view.ts';
import { untoleratedTaint } from './taint-toleration.ts';

/** Refuses nodes that are not Ready, and cordoned ones unless the pod tolerates that. */
export const nodeReady: Filter = ({ pod, node }) => {
  const ready = nodeCondition(node, 'Ready')?.status;
  if (ready === 'Unknown') return [untoleratedTaint({ key: nodeTaints.unreachable })];
  if (ready !== 'True') return [untoleratedTaint({ key: nodeTaints.notReady })];
  if (!node.spec?.unschedulable) return [];
  const isTolerated = (pod.spec?.tolerations ?? []).some(
    ({ key, operator, effect }) =>
      operator === 'Exists' && (!key || key === nodeTaints.unschedulable) && (!effect || effect === 'NoSchedule'),
  );
  return isTolerated ? [] : ['node(s) were unschedulable'];
};
