// How does autoscaling/v1 tell of metrics in its annotations? With names and targets in fields of their own.
// Source: k8s.io/api/autoscaling/v1, MetricSpec and MetricStatus.

import type { MetricSpec, MetricStatus } from './generated/v2.ts';

export type Fields = Record<string, unknown>;

/** The metric in the form of its annotation. */
export function flatMetric({ type, object, pods, resource, containerResource, external }: MetricSpec): Fields {
  return defined({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue,
      selector: pods.metric.selector,
    },
    resource: resource && {
      name: resource.name,
      targetAverageUtilization: resource.target.averageUtilization,
      targetAverageValue: resource.target.averageValue,
    },
    containerResource: containerResource && {
      name: containerResource.name,
      targetAverageUtilization: containerResource.target.averageUtilization,
      targetAverageValue: containerResource.target.averageValue,
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
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
  return defined({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue,
      selector: pods.metric.selector,
    },
    resource: resource && {
      name: resource.name,
      currentAverageUtilization: resource.current.averageUtilization,
      currentAverageValue: resource.current.averageValue,
    },
    containerResource: containerResource && {
      name: containerResource.name,
      currentAverageUtilization: containerResource.current.averageUtilization,
      currentAverageValue: containerResource.current.averageValue,
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value,
      currentAverageValue: external.current.averageValue,
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

/** Is it an object of JSON? */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
