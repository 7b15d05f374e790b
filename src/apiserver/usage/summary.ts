// What does an agent say of usage, and what of that does metrics.k8s.io show? The kubelet's stats/summary, as far as it is there.

import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import type { NodeMetrics, PodMetrics, Usage } from '../../apis/metrics/resources.ts';

interface CpuAndMemory {
  cpu?: { time?: string; usageNanoCores?: number };
  memory?: { workingSetBytes?: number };
}

/** Models the parts of the kubelet's Summary that are about CPU and memory. */
export interface Summary {
  node?: CpuAndMemory;
  pods?: { podRef: { name: string; namespace: string }; containers?: (CpuAndMemory & { name: string })[] }[];
}

const apiVersion = 'metrics.k8s.io/v1beta1';
/** The kubelet computes a rate of CPU over about this time. */
const window = '10s';

/** Both amounts, or nothing: half a measurement would be shown as idle. */
function usageOf({ cpu, memory }: CpuAndMemory): Usage | undefined {
  if (cpu?.usageNanoCores === undefined || memory?.workingSetBytes === undefined) return undefined;
  return { cpu: `${cpu.usageNanoCores}n`, memory: `${Math.floor(memory.workingSetBytes / 1024)}Ki` };
}

/** What a node uses; undefined if its agent did not measure it. `now` stands in for a time that the agent did not give. */
export function nodeMetricsOf({ metadata }: Node, { node }: Summary, now: string): NodeMetrics | undefined {
  const usage = node && usageOf(node);
  if (!usage) return undefined;
  return {
    apiVersion,
    kind: 'NodeMetrics',
    metadata: metaOf(metadata, now),
    timestamp: node?.cpu?.time ?? now,
    window,
    usage,
  };
}

/** What a pod's containers use; undefined unless the agent measured all that it reports on. */
export function podMetricsOf(pod: Pod, { pods = [] }: Summary, now: string): PodMetrics | undefined {
  const { name, namespace } = pod.metadata;
  const found = pods.find(({ podRef }) => podRef.name === name && podRef.namespace === namespace);
  const containers = (found?.containers ?? []).map((container) => ({
    name: container.name,
    usage: usageOf(container),
  }));
  const measured = containers.filter((container): container is PodMetrics['containers'][number] =>
    Boolean(container.usage),
  );
  if (measured.length === 0 || measured.length < containers.length) return undefined;
  return {
    apiVersion,
    kind: 'PodMetrics',
    metadata: metaOf(pod.metadata, now),
    timestamp: found?.containers?.[0]?.cpu?.time ?? now,
    window,
    containers: measured,
  };
}

function metaOf({ name, namespace, labels }: Pod['metadata'], now: string): PodMetrics['metadata'] {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    creationTimestamp: now,
    ...(labels && { labels }),
  } as PodMetrics['metadata'];
}
