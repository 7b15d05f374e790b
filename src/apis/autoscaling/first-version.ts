// How does autoscaling/v1 show an autoscaler that is stored as autoscaling/v2? With one field for CPU, and annotations
// for all that v1 has no field for. Source: pkg/apis/autoscaling/v1/conversion.go.

import { goStruct } from '../../apimachinery/go-values.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { type Fields, isFields } from '../../apimachinery/structured-merge/merge-type.ts';
import { defaultAutoscaler } from './defaults.ts';
import { deepMetric, deepStatus, flatMetric, flatStatus } from './flat-metrics.ts';
import type { HorizontalPodAutoscaler as FirstAutoscaler } from './generated/v1.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
} from './generated/v2.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const names = {
  metrics: `${prefix}metrics`,
  currentMetrics: `${prefix}current-metrics`,
  conditions: `${prefix}conditions`,
  behavior: `${prefix}behavior`,
};

/** What stands for the status. */
export const statusAnnotations = [names.currentMetrics, names.conditions];
/** What stands for the spec. */
export const specAnnotations = [names.metrics, names.behavior];

const rulesShape = {
  StabilizationWindowSeconds: null,
  SelectPolicy: null,
  Policies: [{ Type: '', Value: 0, PeriodSeconds: 0 }],
  Tolerance: null,
} as const;
/** Unlike the others, it is told in the form of the internal type. */
const behaviorShape = { ScaleUp: rulesShape, ScaleDown: rulesShape } as const;

const unsaidStatus: NonNullable<FirstAutoscaler['status']> = { currentReplicas: 0, desiredReplicas: 0 };
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
    ...(status?.conditions?.length && { [names.conditions]: JSON.stringify(status.conditions.map(flatCondition)) }),
    ...(spec?.behavior && { [names.behavior]: JSON.stringify(goStruct(spec.behavior, behaviorShape)) }),
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
  const { currentCPUUtilizationPercentage: share, currentReplicas, ...reported } = status ?? unsaidStatus;
  const currentMetrics = listOf(currentText).map(deepStatus);
  const hasCpu = currentMetrics.some(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  if (share !== undefined && !hasCpu)
    currentMetrics.push({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: share } } });
  const conditions = listOf(conditionsText).map(withoutNulls);
  const behavior = behaviorText === undefined ? undefined : withoutNulls(parsed(behaviorText));
  const second = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...meta, ...(isAnnotated && { annotations }) },
    ...(spec && {
      spec: { ...asked, ...(metrics.length > 0 && { metrics }), ...(isFields(behavior) && { behavior }) },
    }),
    ...(status && {
      status: {
        // None are not told in this version.
        ...(currentReplicas !== 0 && { currentReplicas }),
        ...reported,
        currentMetrics,
        ...(conditions.length > 0 && { conditions }),
      },
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

function flatCondition(condition: HorizontalPodAutoscalerCondition): Fields {
  const { type, status, lastTransitionTime = null, reason, message } = condition;
  return { type, status, lastTransitionTime, ...(reason && { reason }), ...(message && { message }) };
}

/** As Go reads a struct: names in any case, nulls are nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(
    kept.map(([name, field]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, withoutNulls(field)]),
  );
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
