// Is there room for what the pod asks for? Models plugins/noderesources Fit.

import { allocatableOf, requestsOf, requestsOfAll } from '../resources.ts';
import { type Filter, podsOn } from '../view.ts';

export const nodeResources: Filter = ({ pod, node, cluster }) => {
  const present = podsOn({ node, cluster });
  const allocatable = allocatableOf(node);
  const taken = requestsOfAll(present);
  const reasons: string[] = [];
  const podsMax = allocatable.get('pods');
  if (podsMax !== undefined && (present.length + 1) * 1000 > podsMax) reasons.push('Too many pods');
  for (const [name, amount] of requestsOf(pod)) {
    if (amount > 0 && amount > (allocatable.get(name) ?? 0) - (taken.get(name) ?? 0))
      reasons.push(`Insufficient ${name}`);
  }
  return reasons;
};
