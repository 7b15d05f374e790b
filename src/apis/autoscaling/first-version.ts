// How does autoscaling/v1 show an autoscaler that is stored as autoscaling/v2? With one field for CPU, and annotations
// for all that v1 has no field for. Source: pkg/apis/autoscaling/v1/conversion.go.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { HorizontalPodAutoscaler as FirstAutoscaler } from './generated/v1.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec, MetricStatus } from './generated/v2.ts';
import { defaultAutoscaler } from './validation.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const names = {
  metrics: `${prefix}metrics`,
  currentMetrics: `${prefix}current-metrics`,
  conditions: `${prefix}conditions`,
  behavior: `${prefix}behavior`,
};

type Fields = Record<string, unknown>;
const unsaid: HorizontalPodAutoscalerSpec & { targetCPUUtilizationPercentage?: number } = {
  maxReplicas: 0,
  scaleTargetRef: { kind: '', name: '' },
};

/** As autoscaling/v1 shows it. Nothing is lost: toSecond gives the same autoscaler back. */
export function toFirst(stored: HorizontalPodAutoscaler): FirstAutoscaler {
  const { metadata, spec, status } = stored;
  const { minReplicas, maxReplicas, scaleTargetRef } = spec ?? unsaid;
  const cpu = spec?.metrics?.find(isCpuShare)?.resource?.target.averageUtilization;
  const others = (spec?.metrics ?? []).filter((metric) => !isCpuShare(metric));
  const added = {
    ...(others.length > 0 && { [names.metrics]: JSON.stringify(others.map(flatMetric)) }),
    ...(status?.currentMetrics?.length && {
      [names.currentMetrics]: JSON.stringify(status.currentMetrics.map(flatStatus)),
    }),
    ...(status?.conditions?.length && { [names.conditions]: JSON.stringify(status.conditions) }),
    ...(spec?.behavior && { [names.behavior]: JSON.stringify(spec.behavior) }),
  };
  const isAnnotated = metadata.annotations !== undefined || Object.keys(added).length > 0;
  const current = status?.currentMetrics?.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const share = current?.resource?.current.averageUtilization;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, ...(isAnnotated && { annotations: { ...metadata.annotations, ...added } }) },
    ...(spec && {
      spec: {
        scaleTargetRef,
        ...(minReplicas !== undefined && { minReplicas }),
        maxReplicas,
        ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }),
      },
    }),
    ...(status && {
      status: {
        ...(status.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }),
        ...(status.lastScaleTime !== undefined && { lastScaleTime: status.lastScaleTime }),
        currentReplicas: status.currentReplicas ?? 0,
        desiredReplicas: status.desiredReplicas ?? 0,
        ...(share !== undefined && { currentCPUUtilizationPercentage: share }),
      },
    }),
  };
}

/** The stored form of what a client of autoscaling/v1 sends. An annotation that can't be read says nothing, as upstream has it. */
export function toSecond(first: FirstAutoscaler): HorizontalPodAutoscaler {
  const { metadata, spec, status } = first;
  const { [names.metrics]: metricsText, [names.currentMetrics]: currentText, ...rest } = metadata.annotations ?? {};
  const { [names.conditions]: conditionsText, [names.behavior]: behaviorText, ...annotations } = rest;
  const { annotations: had, ...meta } = metadata;
  const isAnnotated = had !== undefined && (Object.keys(annotations).length > 0 || Object.keys(had).length === 0);
  const { targetCPUUtilizationPercentage: cpu, ...asked } = spec ?? unsaid;
  const metrics = listOf(metricsText).map(deepMetric);
  if (cpu !== undefined) metrics.push(cpuShare(cpu));
  const { currentCPUUtilizationPercentage: share, ...reported } = status ?? { currentReplicas: 0, desiredReplicas: 0 };
  const currentMetrics = listOf(currentText).map(deepStatus);
  const hasCpu = currentMetrics.some(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  if (share !== undefined && !hasCpu)
    currentMetrics.push({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: share } } });
  const conditions = listOf(conditionsText);
  const behavior = behaviorText === undefined ? undefined : parsed(behaviorText);
  const second = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...meta, ...(isAnnotated && { annotations }) },
    ...(spec && {
      spec: { ...asked, ...(metrics.length > 0 && { metrics }), ...(isFields(behavior) && { behavior }) },
    }),
    ...(status && {
      status: { ...reported, currentMetrics, ...(conditions.length > 0 && { conditions }) },
    }),
  } as HorizontalPodAutoscaler;
  defaultAutoscaler(second);
  return second;
}

/** The two as the registry calls them. */
export const conversions = {
  fromStored: (stored: KubeObject): FirstAutoscaler => toFirst(stored as HorizontalPodAutoscaler),
  toStored: (object: FirstAutoscaler): KubeObject => toSecond(object),
};

function isCpuShare({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;
}

function cpuShare(averageUtilization: number): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

/** The metric in the form that v1's annotation has: names and targets in fields of their own. */
function flatMetric({ type, object, pods, resource, containerResource, external }: MetricSpec): Fields {
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

function deepMetric(flat: Fields): MetricSpec {
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

function flatStatus({ type, object, pods, resource, containerResource, external }: MetricStatus): Fields {
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

function deepStatus(flat: Fields): MetricStatus {
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

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function listOf(json: string | undefined): Fields[] {
  const list = json === undefined ? undefined : parsed(json);
  return Array.isArray(list) && list.every(isFields) ? list : [];
}

function isFields(value: unknown): value is Fields {
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
