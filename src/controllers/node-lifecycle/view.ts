// What must be known of a node to judge its next step?

import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import type { NodeAssessment } from '../../fencing/suspicion.ts';

export interface NodeView {
  node: Node;
  /** Undefined until the node was judged for the first time since this process started. */
  assessment: NodeAssessment | undefined;
  /** Pods that are bound to the node. */
  pods: Pod[];
}
