// What is a horizontal pod autoscaler to the API server? It is kept and shown in both
// versions; nothing scales by it.

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import { defaultAutoscaler } from './defaults.ts';
import { conversions, specAnnotations, statusAnnotations, toFirst, toSecond } from './first-version.ts';
import type { HorizontalPodAutoscaler as FirstAutoscaler } from './generated/v1.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget } from './generated/v2.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './validation.ts';

const names = {
  group: 'autoscaling',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
} as const;
const horizontalPodAutoscalers: Resource<HorizontalPodAutoscaler> = { ...names, version: 'v2' };

export const horizontalPodAutoscaler = defineBuiltIn<HorizontalPodAutoscaler>({
  resource: horizontalPodAutoscalers,
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: ['status'],
  applyDefaults: defaultAutoscaler,
  prepareForCreate: (object) => {
    object.status = { desiredReplicas: 0, currentMetrics: [] };
  },
  validateCreate: (object) => validateAutoscaler(object),
  validateUpdate: validateAutoscaler,
  validateStatus: validateAutoscalerStatus,
  columns: [
    nameColumn(),
    column('Reference', ({ spec }) => (spec ? `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` : '')),
    column('Targets', targetsOf),
    column('MinPods', ({ spec }) => String(spec?.minReplicas ?? '<unset>')),
    column('MaxPods', ({ spec }) => spec?.maxReplicas ?? 0),
    column('Replicas', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn(),
  ],
});

/** The same autoscalers, as autoscaling/v1 shows them. */
export const firstAutoscaler = defineBuiltIn<FirstAutoscaler>({
  resource: { ...names, version: 'v1' },
  shortNames: ['hpa'],
  categories: ['all'],
  subresources: ['status'],
  storedAs: horizontalPodAutoscalers,
  ...conversions,
  // What is stored says how an object looks: what can't be read is gone, what is missing is filled in.
  applyDefaults: (object) => {
    const { metadata, spec } = toFirst(toSecond(object));
    const status = { metadata: { ...object.metadata } } as FirstAutoscaler;
    object.metadata = metadata;
    keepAnnotations(object, status, statusAnnotations);
    if (spec) object.spec = spec;
  },
  prepareForCreate: (object) => {
    object.status = { currentReplicas: 0, desiredReplicas: 0 };
    keepAnnotations(object, undefined, statusAnnotations);
  },
  prepareForUpdate: (object, old, { subresource }) =>
    keepAnnotations(object, old, subresource === 'status' ? specAnnotations : statusAnnotations),
  validateCreate: (object) => validateAutoscaler(toSecond(object)),
  validateUpdate: (object, old) => validateAutoscaler(toSecond(object), toSecond(old)),
  validateStatus: validateAutoscalerStatus,
  columns: horizontalPodAutoscaler.columns.map((each) => ({
    ...each,
    cell: (object: FirstAutoscaler, nowMs: number) => each.cell(toSecond(object), nowMs),
  })),
});

/** Annotations that stand for fields that a write may not change are as they were. */
function keepAnnotations({ metadata }: FirstAutoscaler, old: FirstAutoscaler | undefined, names: string[]): void {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([name]) => !names.includes(name));
  const before = Object.entries(old?.metadata.annotations ?? {}).filter(([name]) => names.includes(name));
  if (kept.length + before.length === 0) delete metadata.annotations;
  else metadata.annotations = Object.fromEntries([...kept, ...before]);
}

const metricsMax = 2;

function targetsOf({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const texts = metrics.map((metric, index) => targetOf(metric, status?.currentMetrics?.[index]));
  const shown = texts.slice(0, metricsMax).join(', ');
  return texts.length > metricsMax ? `${shown} + ${texts.length - metricsMax} more...` : shown;
}

/** `current/target` of one metric, with `<unknown>` for what nobody has measured. */
function targetOf(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return amount(spec.external?.target, status?.external?.current);
    case 'Object':
      return amount(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue ?? ''}`;
    case 'Resource':
      return `${spec.resource?.name}: ${share(spec.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${spec.containerResource?.name}: ${share(spec.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

const unknown = '<unknown>';
type Current = Partial<Omit<MetricTarget, 'type'>> | undefined;

function amount(target: MetricTarget | undefined, current: Current): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current?.value ?? unknown}/${target?.value ?? ''}`;
}

function share(target: MetricTarget | undefined, current: Current): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  const measured = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
  return `${measured}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}
