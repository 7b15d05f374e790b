// Which of the possible nodes is best? Spreads an owner's pods, then levels the load.

import { controllerOf } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../apis/core/generated/v1.ts';
import { allocatableOf, requestsOfAll } from './resources.ts';
import { type Candidate, type Cluster, podsOn } from './view.ts';

const zoneLabel = 'topology.kubernetes.io/zone';

/** The best of `nodes`; of equals the first by name. */
export function bestNode(
  nodes: readonly Node[],
  { pod, cluster }: Pick<Candidate, 'pod' | 'cluster'>,
): Node | undefined {
  const scored = nodes.map((node) => ({ node, penalty: penaltyOf({ pod, node, cluster }) }));
  return scored.sort((a, b) => comparePenalties(a.penalty, b.penalty) || compareNames(a.node, b.node))[0]?.node;
}

/** Most important first; less is better. */
function penaltyOf({ pod, node, cluster }: Candidate): number[] {
  const siblings = (each: Node): number =>
    podsOn({ node: each, cluster }).filter((other) => isSibling(other, pod)).length;
  const zone = node.metadata.labels?.[zoneLabel];
  const inZone = cluster.nodes.filter((each) => zone !== undefined && each.metadata.labels?.[zoneLabel] === zone);
  const siblingsInZone = inZone.reduce((total, each) => total + siblings(each), 0);
  return [siblings(node), siblingsInZone, loadOf(node, cluster)];
}

function isSibling(other: Pod, pod: Pod): boolean {
  const owner = controllerOf(pod)?.uid;
  return owner !== undefined && controllerOf(other)?.uid === owner;
}

/** The greater of the shares of cpu and memory that are asked for; then pods count a little. */
function loadOf(node: Node, cluster: Cluster): number {
  const present = podsOn({ node, cluster });
  const taken = requestsOfAll(present);
  const allocatable = allocatableOf(node);
  const shares = ['cpu', 'memory'].map((name) => (taken.get(name) ?? 0) / Math.max(1, allocatable.get(name) ?? 0));
  return Math.max(...shares) + present.length / 1000;
}

function comparePenalties(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function compareNames(a: Node, b: Node): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
