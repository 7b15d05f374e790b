import { expect, test } from 'vitest';
import { toFirst, toSecond } from './first-version.ts';
import type { HorizontalPodAutoscaler as FirstAutoscaler } from './generated/v1.ts';
import type { HorizontalPodAutoscaler } from './generated/v2.ts';

const metadata = { name: 'web', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const selector = { matchLabels: { a: 'b' } };
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const others = [
  { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
  { type: 'Pods', pods: { metric: { name: 'p', selector }, target: { type: 'AverageValue', averageValue: '5' } } },
  {
    type: 'Object',
    object: {
      describedObject: { kind: 'Ingress', name: 'i' },
      metric: { name: 'o' },
      target: { type: 'Value', value: '3' },
    },
  },
  {
    type: 'External',
    external: { metric: { name: 'e', selector }, target: { type: 'AverageValue', averageValue: '9' } },
  },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 7 } },
  },
];
const [memory = cpu] = others;
const pods = { type: 'Pods', value: 1, periodSeconds: 60 };
const spec = { scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics: [cpu] };
const second: HorizontalPodAutoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata,
  spec,
  status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: [] },
};

test('CPU alone -> a field of v1, and no annotation', () => {
  expect(toFirst(second)).toEqual({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
    status: { currentReplicas: 1, desiredReplicas: 2 },
  });
});

test('what v1 has no field for -> annotations in its own form', () => {
  const { metadata: shown } = toFirst({ ...second, spec: { ...spec, metrics: [memory, cpu] } });
  expect(shown.annotations).toEqual({
    'autoscaling.alpha.kubernetes.io/metrics':
      '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]',
  });
});

test.each<{ name: string; given: HorizontalPodAutoscaler }>([
  { name: 'CPU alone', given: second },
  { name: 'all kinds of metrics', given: { ...second, spec: { ...spec, metrics: [...others, cpu] } } },
  {
    name: 'behaviour, annotations, and all that is measured',
    given: {
      ...second,
      metadata: { ...metadata, annotations: { mine: '1' } },
      spec: {
        ...spec,
        behavior: {
          scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 5, policies: [pods] },
          scaleDown: { selectPolicy: 'Max', tolerance: '100m', policies: [pods] },
        },
      },
      status: {
        currentReplicas: 1,
        desiredReplicas: 2,
        observedGeneration: 4,
        conditions: [{ type: 'AbleToScale', status: 'True' }],
        currentMetrics: [
          { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5, averageValue: '10m' } } },
          { type: 'Pods', pods: { metric: { name: 'p', selector }, current: { averageValue: '5' } } },
          { type: 'External', external: { metric: { name: 'e' }, current: { value: '2' } } },
        ],
      },
    },
  },
])('v2 to v1 and back -> the same: $name', ({ given }) => {
  expect(toSecond(toFirst(given))).toEqual(given);
});

test('behaviour and conditions -> in the form of Go', () => {
  const { metadata: shown } = toFirst({
    ...second,
    spec: { ...spec, behavior: { scaleUp: { policies: [pods] } } },
    status: { desiredReplicas: 0, conditions: [{ status: 'True', type: 'AbleToScale' }] },
  });
  expect(shown.annotations).toEqual({
    'autoscaling.alpha.kubernetes.io/behavior':
      '{"ScaleUp":{"StabilizationWindowSeconds":null,"SelectPolicy":null,"Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":60}],"Tolerance":null},"ScaleDown":null}',
    'autoscaling.alpha.kubernetes.io/conditions': '[{"type":"AbleToScale","status":"True","lastTransitionTime":null}]',
  });
});

test.each(['{', '[1]', '"x"', '[{"type":1,"resource":[]}]'])('an annotation %s of a client -> no crash', (text) => {
  const first = {
    metadata: { ...metadata, annotations: { 'autoscaling.alpha.kubernetes.io/metrics': text } },
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
  } as FirstAutoscaler;
  expect(toSecond(first).spec?.metrics?.at(-1)).toEqual(cpu);
});

test('v1 without a target -> the default of v2', () => {
  const first = { metadata, spec: { scaleTargetRef, maxReplicas: 3 } } as FirstAutoscaler;
  expect(toFirst(toSecond(first)).spec?.targetCPUUtilizationPercentage).toBe(80);
});
