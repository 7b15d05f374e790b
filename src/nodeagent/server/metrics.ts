// What does a node's agent tell of its volumes and pods? Names and labels are the kubelet's.
// Source: pkg/kubelet/metrics and its collectors/volume_stats.go.

import { type Metric, metricsText, type Sample, single } from '../../base/metrics/exposition.ts';
import type { StatsSummary, VolumeStats } from './stats.ts';

type Measure = Exclude<keyof VolumeStats, 'name' | 'pvcRef' | 'time'>;

const volumeMetrics: { measure: Measure; name: string; help: string }[] = [
  { measure: 'availableBytes', name: 'available_bytes', help: 'Bytes that can still be written to the volume.' },
  { measure: 'capacityBytes', name: 'capacity_bytes', help: 'Bytes that the volume can hold.' },
  { measure: 'inodes', name: 'inodes', help: 'Inodes that the volume can hold.' },
  { measure: 'inodesFree', name: 'inodes_free', help: 'Inodes that can still be made in the volume.' },
  { measure: 'inodesUsed', name: 'inodes_used', help: 'Inodes that are taken in the volume.' },
  { measure: 'usedBytes', name: 'used_bytes', help: 'Bytes that are taken in the volume.' },
];

/** Containers of this node by `running`, `exited`, …. */
export type ContainerCounts = ReadonlyMap<string, number>;

export interface NodeMetrics {
  summary: StatsSummary;
  containers: ContainerCounts;
  runningPods: number;
  /** Of the process. */
  others: Metric[];
}

/** The body of the answer to a scrape. Pure. */
export function nodeMetricsText({ summary, containers, runningPods, others }: NodeMetrics): string {
  return metricsText([
    {
      name: 'kubelet_running_containers',
      help: 'Containers of this node, by state.',
      type: 'gauge',
      samples: [...containers].map(([state, value]) => ({ labels: { container_state: state }, value })),
    },
    single({ name: 'kubelet_running_pods', help: 'Pods of this node that run.', type: 'gauge' }, runningPods),
    ...volumeMetrics.map(
      ({ measure, name, help }): Metric => ({
        name: `kubelet_volume_stats_${name}`,
        help,
        type: 'gauge',
        samples: volumeSamples(summary, measure),
      }),
    ),
    ...others,
  ]);
}

/** One series for each claim, however many pods use it. */
function volumeSamples({ pods }: StatsSummary, measure: Measure): Sample[] {
  const byClaim = new Map<string, Sample>();
  for (const { pvcRef, [measure]: value } of pods.flatMap(({ volume }) => volume)) {
    const { namespace, name: persistentvolumeclaim } = pvcRef;
    if (value !== undefined)
      byClaim.set(`${namespace}/${persistentvolumeclaim}`, { labels: { namespace, persistentvolumeclaim }, value });
  }
  return [...byClaim.values()];
}
