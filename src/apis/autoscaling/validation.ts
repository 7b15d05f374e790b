// Which autoscalers are refused, and what of them is filled in? Upstream's pkg/apis/autoscaling.

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { oneOf } from '../field-rules.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from './generated/v2.ts';

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

/** One pod at least; four fifths of the requested CPU when no metric is named. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (!spec) return;
  spec.minReplicas ??= 1;
  if (spec.metrics?.length) return;
  spec.metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ];
}

/** Causes against an autoscaler. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): StatusCause[] {
  if (!spec) return [required('spec')];
  const { minReplicas = 1, maxReplicas, scaleTargetRef, metrics = [] } = spec;
  const causes: StatusCause[] = [];
  if (minReplicas < 1) {
    causes.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (maxReplicas < 1) causes.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (maxReplicas < minReplicas) {
    causes.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  if (!scaleTargetRef.kind) causes.push(required('spec.scaleTargetRef.kind'));
  if (!scaleTargetRef.name) causes.push(required('spec.scaleTargetRef.name'));
  return [...causes, ...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`))];
}

function validateMetric(metric: MetricSpec, at: string): StatusCause[] {
  const { type } = metric;
  if (!type) return [required(`${at}.type`, 'must specify a metric source type')];
  const causes = oneOf(`${at}.type`, type, metricTypes);
  if (causes.length > 0) return causes;
  const field = (type.charAt(0).toLowerCase() + type.slice(1)) as 'resource' | 'pods' | 'object' | 'external';
  return metric[field] ? [] : [required(`${at}.${field}`, 'must populate information for the given metric source')];
}
