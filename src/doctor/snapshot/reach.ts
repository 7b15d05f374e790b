// From which nodes can a volume be used, and which of them would take a pod?

import type { Node, NodeSelectorRequirement, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { matchesNodeSelector } from '../../apis/core/node-selector.ts';
import { untoleratedTaints } from '../../apis/core/taints.ts';
import { readinessOf } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

/** Nodes that the volume's affinity allows; all of them if it has none. */
export function nodesOfVolume(snapshot: Snapshot, { spec }: PersistentVolume): readonly Node[] {
  const required = spec?.nodeAffinity?.required;
  if (!required) return snapshot.all('nodes');
  // Volumes of one zone share their answer.
  return snapshot.remember(`nodesOfVolume ${JSON.stringify(required)}`, () =>
    snapshot.all('nodes').filter((node) => matchesNodeSelector(node, required)),
  );
}

/** Why the node takes no new pods of this kind; undefined if it does, as far as its state is concerned. */
export function refusalOf(node: Node, pod: Pod): string | undefined {
  if (readinessOf(node) !== 'True') return 'not ready';
  if (node.spec?.unschedulable) return 'cordoned';
  const [taint] = untoleratedTaints(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']);
  return taint && `tainted with ${taint.key}`;
}

/** Is it one of the nodes that the pod asks for? */
export function isAskedFor(node: Node, { spec }: Pod): boolean {
  const labels = node.metadata.labels ?? {};
  return (
    Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    matchesNodeSelector(node, spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution)
  );
}

/** Labels of which each node has its own value. */
const hostLabels = [
  'kubernetes.io/hostname',
  'topology.topolvm.io/node',
  'openebs.io/nodename',
  'openebs.io/nodeid',
  'topology.hostpath.csi/node',
];

function isOfHost({ key, operator }: NodeSelectorRequirement): boolean {
  return operator === 'In' && hostLabels.includes(key);
}

/** The hosts that hold the volume's data, if it can be used from these alone; undefined otherwise. */
export function hostsOfVolume({ spec }: PersistentVolume): { label: string; hosts: readonly string[] } | undefined {
  let label: string | undefined;
  const hosts: string[] = [];
  for (const { matchExpressions = [] } of spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []) {
    const host = matchExpressions.find(isOfHost);
    if (!host || (label ?? host.key) !== host.key) return undefined;
    label = host.key;
    hosts.push(...(host.values ?? []));
  }
  return label === undefined ? undefined : { label, hosts };
}
