// What do the conditions of a pod or a node say?

import type { Node, NodeCondition, Pod, PodCondition } from './generated/v1.ts';

/** Is the pod's condition Ready true? */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function nodeCondition(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/** Is the node's condition Ready true? A node without the condition is not ready. */
export function isNodeReady(node: Node): boolean {
  return nodeCondition(node, 'Ready')?.status === 'True';
}

/** `conditions` with `condition` in the place of the one of its type; lastTransitionTime is kept if the status is the same. */
export function withCondition<C extends PodCondition | NodeCondition>(
  conditions: readonly C[] | undefined,
  condition: C,
): C[] {
  const old = conditions?.find(({ type }) => type === condition.type);
  const kept =
    old?.status === condition.status && old.lastTransitionTime ? { lastTransitionTime: old.lastTransitionTime } : {};
  const next = { ...condition, ...kept };
  return old ? (conditions ?? []).map((each) => (each === old ? next : each)) : [...(conditions ?? []), next];
}
