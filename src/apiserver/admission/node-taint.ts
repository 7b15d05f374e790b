// May pods go to a node that has just come? Not before something has looked at its conditions, and taken this taint away.
// Source: plugin/pkg/admission/nodetaint.

import type { Node } from '../../apis/core/generated/v1.ts';
import { nodeTaints } from '../../apis/core/taints.ts';
import type { AdmissionRequest } from './chain.ts';

const notReady = { key: nodeTaints.notReady, effect: 'NoSchedule' } as const;

export function newNodeTaint({ verb, object }: AdmissionRequest): void {
  if (verb !== 'CREATE' || !object) return;
  const node: Node = object;
  const { taints = [] } = node.spec ?? {};
  if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) return;
  node.spec = { ...node.spec, taints: [...taints, { ...notReady }] };
}
