// Which states are written through the status of both servers' samples? By the title of the sample.

import type { Fields } from './samples.ts';
import { coreStatusSamples } from './samples-status-core.ts';

const start = '2026-01-01T00:00:00Z';
const end = '2026-01-02T00:00:00Z';
const condition = (type: string): Fields => ({
  type,
  status: 'True',
  reason: 'R',
  message: 'm',
  lastTransitionTime: start,
});

/** What is written through the subresource `approval`. */
export const approvalSamples: Record<string, Fields> = {
  'certificates.k8s.io/v1/CertificateSigningRequest full': {
    conditions: [{ ...condition('Approved'), lastUpdateTime: start }],
  },
};

export const statusSamples: Record<string, Fields> = {
  ...coreStatusSamples,
  'v1/ReplicationController full': {
    replicas: 3,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    observedGeneration: 1,
    conditions: [condition('X')],
  },
  'apps/v1/Deployment minimal': {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    unavailableReplicas: 1,
    terminatingReplicas: 1,
    collisionCount: 2,
    conditions: [{ ...condition('Available'), lastUpdateTime: start }],
  },
  'apps/v1/ReplicaSet minimal': {
    replicas: 3,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 1,
    conditions: [condition('X')],
  },
  'apps/v1/DaemonSet minimal': {
    currentNumberScheduled: 1,
    numberMisscheduled: 1,
    desiredNumberScheduled: 2,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
    numberAvailable: 1,
    numberUnavailable: 1,
    collisionCount: 2,
    conditions: [condition('X')],
  },
  'apps/v1/StatefulSet minimal': {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 2,
    currentReplicas: 1,
    updatedReplicas: 1,
    currentRevision: 'a',
    updateRevision: 'b',
    collisionCount: 2,
    availableReplicas: 1,
    conditions: [condition('X')],
  },
  'batch/v1/Job minimal': {
    active: 2,
    ready: 1,
    succeeded: 1,
    failed: 1,
    terminating: 1,
    startTime: start,
    uncountedTerminatedPods: { succeeded: ['a'], failed: ['b'] },
    conditions: [{ ...condition('Suspended'), lastProbeTime: start }],
  },
  'batch/v1/Job perIndex': { active: 1, startTime: start, completedIndexes: '0', failedIndexes: '1', failed: 1 },
  'batch/v1/Job full': {
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
    startTime: start,
    completionTime: end,
    succeeded: 3,
    completedIndexes: '0-2',
  },
  'batch/v1/CronJob minimal': {
    active: [{ kind: 'Job', name: 'x', namespace: 'default' }],
    lastScheduleTime: start,
    lastSuccessfulTime: end,
  },
  'autoscaling/v2/HorizontalPodAutoscaler minimal': {
    observedGeneration: 1,
    lastScaleTime: start,
    currentReplicas: 1,
    desiredReplicas: 2,
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1', averageUtilization: 5 } } },
    ],
    conditions: [condition('AbleToScale')],
  },
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy full': {
    observedGeneration: 1,
    typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'w' }] },
    conditions: [{ ...condition('Ready'), observedGeneration: 1 }],
  },
  'policy/v1/PodDisruptionBudget available': {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 2,
    disruptedPods: { a: start },
    conditions: [{ ...condition('DisruptionAllowed'), observedGeneration: 1 }],
  },
};
