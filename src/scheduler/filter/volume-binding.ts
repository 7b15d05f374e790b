// Can the pod have its volumes on the node? Models plugins/volumebinding and plugins/volumezone.

import type { Filter } from '../view.ts';
import { planVolumes } from '../volumes.ts';

export const volumeBinding: Filter = (candidate) => {
  const plan = planVolumes(candidate);
  return plan.type === 'Impossible' ? plan.reasons : [];
};
