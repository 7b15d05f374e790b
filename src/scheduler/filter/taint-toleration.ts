// Does the pod tolerate the node's taints? Models plugins/tainttoleration.

import { untoleratedTaints } from '../../apis/core/taints.ts';
import type { Filter } from '../view.ts';

export const taintToleration: Filter = ({ pod, node }) => {
  const [taint] = untoleratedTaints(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']);
  return taint ? [untoleratedTaint(taint)] : [];
};

/** Upstream's text for a taint that keeps a pod out. */
export function untoleratedTaint({ key, value = '' }: { key: string; value?: string }): string {
  return `node(s) had untolerated taint {${key}: ${value}}`;
}
