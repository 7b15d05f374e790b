// What does a dashboard rely on in a metric? Its name, type, labels and buckets, for tests that compare them with facts.

import type { Metric } from './exposition.ts';

interface MetricShape {
  name: string;
  type: Metric['type'];
  /** Sorted, `le` excepted. */
  labels: string;
  /** Of a histogram. */
  bounds?: string;
}

/** All series of `metric` must have the same labels. */
export function shapeOf({ name, type, samples }: Metric): MetricShape {
  const named = samples.map(({ labels }) =>
    Object.keys(labels)
      .filter((label) => label !== 'le')
      .toSorted()
      .join(' '),
  );
  const bounds = samples.flatMap(({ labels }) => labels['le'] ?? []);
  const labels = [...new Set(named)].join(' or ');
  return { name, type, labels, ...(type === 'histogram' && { bounds: [...new Set(bounds)].join(' ') }) };
}
