// Which metrics may an autoscaler go by? Upstream's pkg/apis/autoscaling/validation, validateMetricSpec.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, pathSegment } from '../../apimachinery/validation.ts';
import { validateContainerResourceName } from '../core/resource-names.ts';
import { named } from '../field-rules.ts';
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from './generated/v2.ts';

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
/** In the order in which they are looked at. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;
type Source = (typeof sources)[number];

/** Causes against the metrics of an autoscaler. */
export function validateMetrics(
  metrics: readonly MetricSpec[],
  path: string,
  { minReplicas }: { minReplicas: number | undefined },
): StatusCause[] {
  const causes = metrics.flatMap((metric, index) => validateMetric(metric, `${path}[${index}]`));
  if (minReplicas !== 0 || metrics.some(({ type }) => type === 'Object' || type === 'External')) return causes;
  const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [...causes, forbidden(path, why)];
}

function validateMetric(metric: MetricSpec, path: string): StatusCause[] {
  const { type } = metric;
  const isKnown = types.includes(type);
  const unknown = isKnown ? [] : [notSupported(`${path}.type`, type, types)];
  const present = sources.filter((source) => metric[source]);
  const [first] = present;
  const expected = isKnown ? ((type.charAt(0).toLowerCase() + type.slice(1)) as Source) : undefined;
  const causes = [
    ...(type ? [] : [required(`${path}.type`, 'must specify a metric source type')]),
    ...unknown,
    ...(first ? validateSource(metric, first, `${path}.${first}`) : []),
    ...(expected && !metric[expected]
      ? [required(`${path}.${expected}`, 'must populate information for the given metric source')]
      : []),
    // It is said again where the source is looked for.
    ...unknown,
  ];
  if (present.length === 1) return causes;
  const others = present.filter((source) => source !== expected);
  const why = 'must populate the given metric source only';
  return [...causes, ...others.map((source) => forbidden(`${path}.${source}`, why))];
}

function validateSource(metric: MetricSpec, source: Source, path: string): StatusCause[] {
  switch (source) {
    case 'object':
      return metric.object ? validateObject(metric.object, path) : [];
    case 'external':
      return metric.external ? validateExternal(metric.external, path) : [];
    case 'pods':
      return metric.pods ? validatePods(metric.pods, path) : [];
    case 'resource':
      return metric.resource ? validateResource(metric.resource, path) : [];
    case 'containerResource':
      return metric.containerResource ? validateContainer(metric.containerResource, path) : [];
    default:
      return source satisfies never;
  }
}

function validateObject({ describedObject, metric, target }: ObjectMetricSource, path: string): StatusCause[] {
  const causes = [
    ...validateReference(describedObject, `${path}.describedObject`),
    ...validateIdentifier(metric, `${path}.metric`),
    ...validateMetricTarget(target, `${path}.target`),
  ];
  if (target.value !== undefined || target.averageValue !== undefined) return causes;
  return [...causes, required(`${path}.target.averageValue`, 'must set either a target value or averageValue')];
}

function validateExternal({ metric, target }: ExternalMetricSource, path: string): StatusCause[] {
  const causes = [...validateIdentifier(metric, `${path}.metric`), ...validateMetricTarget(target, `${path}.target`)];
  const [hasValue, hasAverage] = [target.value !== undefined, target.averageValue !== undefined];
  if (!hasValue && !hasAverage) {
    const why = 'must set either a target value for metric or a per-pod target';
    causes.push(required(`${path}.target.averageValue`, why));
  }
  if (hasValue && hasAverage) {
    const why = 'may not set both a target value for metric and a per-pod target';
    causes.push(forbidden(`${path}.target.value`, why));
  }
  return causes;
}

function validatePods({ metric, target }: PodsMetricSource, path: string): StatusCause[] {
  const causes = [...validateIdentifier(metric, `${path}.metric`), ...validateMetricTarget(target, `${path}.target`)];
  if (target.averageValue !== undefined) return causes;
  return [...causes, required(`${path}.target.averageValue`, 'must specify a positive target averageValue')];
}

function validateResource({ name, target }: ResourceMetricSource, path: string): StatusCause[] {
  return [
    ...(name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
    ...validateShare(target, `${path}.target`),
  ];
}

function validateContainer({ name, container, target }: ContainerResourceMetricSource, path: string): StatusCause[] {
  return [
    ...(name
      ? validateContainerResourceName(name, `${path}.name`)
      : [required(`${path}.name`, 'must specify a resource name')]),
    ...(container
      ? named(`${path}.container`, container, dns1123Label)
      : [required(`${path}.container`, 'must specify a container')]),
    ...validateShare(target, `${path}.target`),
  ];
}

/** A target that is a share of what was requested, or an amount. */
function validateShare(target: MetricTarget, path: string): StatusCause[] {
  const causes = validateMetricTarget(target, path);
  const [hasShare, hasAmount] = [target.averageUtilization !== undefined, target.averageValue !== undefined];
  if (!hasShare && !hasAmount) {
    const why = 'must set either a target raw value or a target utilization';
    causes.push(required(`${path}.averageUtilization`, why));
  }
  if (hasShare && hasAmount) {
    const why = 'may not set both a target raw value and a target utilization';
    causes.push(forbidden(`${path}.averageValue`, why));
  }
  return causes;
}

function validateMetricTarget(target: MetricTarget, path: string): StatusCause[] {
  const { type, averageUtilization } = target;
  const causes: StatusCause[] = [];
  if (!type) causes.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    causes.push(invalidValue(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const { [field]: amount } = target;
    if (amount !== undefined && parseQuantity(amount).nanos <= 0n) {
      causes.push(invalidValue(`${path}.${field}`, amount, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    causes.push(invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  return causes;
}

function validateIdentifier({ name }: MetricIdentifier, path: string): StatusCause[] {
  return name ? named(`${path}.name`, name, pathSegment) : [required(`${path}.name`, 'must specify a metric name')];
}

/** Causes against what names an object of any kind. */
export function validateReference(reference: CrossVersionObjectReference, path: string): StatusCause[] {
  const { kind, name, apiVersion = '' } = reference;
  return [
    ...(kind ? named(`${path}.kind`, kind, pathSegment) : [required(`${path}.kind`)]),
    ...(name ? named(`${path}.name`, name, pathSegment) : [required(`${path}.name`)]),
    ...(apiVersion.split('/').length > 2
      ? [invalidValue(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
      : []),
  ];
}
