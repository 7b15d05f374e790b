// Which filters are there, and what do they say together?

import type { Candidate, Filter } from '../view.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodePorts } from './node-ports.ts';
import { nodeReady } from './node-ready.ts';
import { nodeResources } from './node-resources.ts';
import { podAffinity } from './pod-affinity.ts';
import { taintToleration } from './taint-toleration.ts';
import { volumeBinding } from './volume-binding.ts';
import { volumeLimits } from './volume-limits.ts';
import { volumeRestrictions } from './volume-restrictions.ts';

// Upstream's order: of several reasons against a node, the first filter's are told.
const filters: readonly Filter[] = [
  nodeReady,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResources,
  volumeRestrictions,
  volumeLimits,
  volumeBinding,
  podAffinity,
];

/** Why the node is out; empty if the pod may run there. */
export function reasonsAgainst(candidate: Candidate): string[] {
  for (const filter of filters) {
    const reasons = filter(candidate);
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** `0/3 nodes are available: 1 node(s) …, 2 Insufficient cpu.` Form of framework.FitError. */
export function unschedulableMessage(nodeCount: number, reasonsByNode: readonly string[][]): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of reasonsByNode.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${parts.join(', ')}.`;
}
