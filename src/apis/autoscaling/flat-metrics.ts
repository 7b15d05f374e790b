// How does autoscaling/v1 tell of metrics in its annotations? With names and targets in fields of their own.
// Source: k8s.io/api/autoscaling/v1, MetricSpec and MetricStatus.

import { type Fields, isFields } from '../../apimachinery/structured-merge/merge-type.ts';
import type { MetricSpec, MetricStatus, MetricTarget, ObjectMetricSource, PodsMetricSource } from './generated/v2.ts';

/** The metric in the form of its annotation. */
export function flatMetric({ type, object, pods, resource, containerResource, external }: MetricSpec): Fields {
  return flat('target', {
    type,
    object: object && { ...object, values: object.target },
    pods: pods && { ...pods, values: pods.target },
    resource: resource && { ...resource, values: resource.target },
    containerResource: containerResource && { ...containerResource, values: containerResource.target },
    external: external && { ...external, values: external.target },
  });
}

/** The metric that the annotation tells of. */
export function deepMetric(flat: Fields): MetricSpec {
  const [object, pods, external] = [part(flat, 'object'), part(flat, 'pods'), part(flat, 'external')];
  const ofContainers = (name: 'resource' | 'containerResource'): Fields | undefined => {
    const found = part(flat, name);
    if (!found) return undefined;
    const { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue, container } = found;
    const type = averageUtilization === undefined ? 'AverageValue' : 'Utilization';
    return { name: text(found['name']), target: { type, averageValue, averageUtilization }, container };
  };
  const named = (from: Fields, selector: string): Fields => ({
    name: text(from['metricName']),
    selector: isFields(from[selector]) ? from[selector] : undefined,
  });
  return defined({
    type: text(flat['type']),
    object: object && {
      describedObject: isFields(object['target']) ? object['target'] : {},
      metric: named(object, 'selector'),
      target:
        object['averageValue'] === undefined
          ? { type: 'Value', value: object['targetValue'] }
          : { type: 'AverageValue', averageValue: object['averageValue'] },
    },
    pods: pods && {
      metric: named(pods, 'selector'),
      target: { type: 'AverageValue', averageValue: pods['targetAverageValue'] },
    },
    resource: ofContainers('resource'),
    containerResource: ofContainers('containerResource'),
    external: external && {
      metric: named(external, 'metricSelector'),
      target: {
        type: external['targetValue'] === undefined ? 'AverageValue' : 'Value',
        value: external['targetValue'],
        averageValue: external['targetAverageValue'],
      },
    },
  }) as unknown as MetricSpec;
}

/** What was measured, in the form of its annotation. */
export function flatStatus({ type, object, pods, resource, containerResource, external }: MetricStatus): Fields {
  return flat('current', {
    type,
    object: object && { ...object, values: object.current },
    pods: pods && { ...pods, values: pods.current },
    resource: resource && { ...resource, values: resource.current },
    containerResource: containerResource && { ...containerResource, values: containerResource.current },
    external: external && { ...external, values: external.current },
  });
}

type Values = Partial<Pick<MetricTarget, 'value' | 'averageValue' | 'averageUtilization'>>;
type OfMetric = Pick<PodsMetricSource, 'metric'> & { values: Values };
type OfResource = { name: string; values: Values };

/** A metric, whose values are asked for or measured. */
interface Metric {
  type: string;
  object: (OfMetric & Pick<ObjectMetricSource, 'describedObject'>) | undefined;
  pods: OfMetric | undefined;
  resource: OfResource | undefined;
  containerResource: (OfResource & { container: string }) | undefined;
  external: OfMetric | undefined;
}

/** Names of values begin with what they are. */
function flat(
  what: 'target' | 'current',
  { type, object, pods, resource, containerResource, external }: Metric,
): Fields {
  const shares = ({ averageUtilization, averageValue }: Values): Fields => ({
    [`${what}AverageUtilization`]: averageUtilization,
    [`${what}AverageValue`]: averageValue,
  });
  return defined({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      [`${what}Value`]: object.values.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.values.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      [`${what}AverageValue`]: pods.values.averageValue,
      selector: pods.metric.selector,
    },
    resource: resource && { name: resource.name, ...shares(resource.values) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...shares(containerResource.values),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      [`${what}Value`]: external.values.value,
      [`${what}AverageValue`]: external.values.averageValue,
    },
  });
}

/** What the annotation tells was measured. */
export function deepStatus(flat: Fields): MetricStatus {
  const [object, pods, external] = [part(flat, 'object'), part(flat, 'pods'), part(flat, 'external')];
  const [resource, containers] = [part(flat, 'resource'), part(flat, 'containerResource')];
  const share = (from: Fields): Fields => ({
    averageUtilization: from['currentAverageUtilization'],
    averageValue: from['currentAverageValue'],
  });
  return defined({
    type: text(flat['type']),
    object: object && {
      describedObject: object['target'],
      metric: { name: object['metricName'], selector: object['selector'] },
      current: { value: object['currentValue'], averageValue: object['averageValue'] },
    },
    pods: pods && {
      metric: { name: pods['metricName'], selector: pods['selector'] },
      current: { averageValue: pods['currentAverageValue'] },
    },
    resource: resource && { name: resource['name'], current: share(resource) },
    containerResource: containers && {
      name: containers['name'],
      current: share(containers),
      container: containers['container'],
    },
    external: external && {
      metric: { name: external['metricName'], selector: external['metricSelector'] },
      current: { value: external['currentValue'], averageValue: external['currentAverageValue'] },
    },
  }) as unknown as MetricStatus;
}

function part(flat: Fields, name: string): Fields | undefined {
  const value = flat[name];
  return isFields(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Without what is undefined, at any depth. */
function defined(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, isFields(value) ? defined(value) : value]));
}
