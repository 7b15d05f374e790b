// Which deployments and replica sets are refused? Upstream's pkg/apis/apps/validation.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { goStruct } from '../../apimachinery/go-values.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { allNonNegative, amountOf, atMostAll, countOrPercent, nonNegative } from '../field-rules.ts';
import type { Deployment, DeploymentStatus, DeploymentStrategy, ReplicaSet, ReplicaSetStatus } from './generated/v1.ts';
import { keptSelector, validateLastingTemplate, validateSelection } from './template-rules.ts';

const aboveReplicas = 'cannot be greater than status.replicas';
const strategyShape = { Type: '', RollingUpdate: { MaxUnavailable: 0, MaxSurge: 0 } } as const;

/** Of replica sets, also those that a deployment makes. */
const selection = {
  emptyMessage: 'empty selector is invalid for deployment',
  malformedMessage: 'invalid label selector',
  validate: (template: PodTemplateSpec) => validateLastingTemplate(template, 'ReplicaSet', 'spec.template'),
};

/** Causes against a deployment. */
export function validateDeployment({ spec }: Deployment): StatusCause[] {
  if (!spec) return [required('spec')];
  const { replicas, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds: deadline, strategy } = spec;
  const causes = [
    ...nonNegative('spec.replicas', replicas),
    ...validateSelection(spec, selection),
    ...validateStrategy(strategy ?? {}),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', deadline),
  ];
  if (deadline !== undefined && deadline <= (minReadySeconds ?? 0)) {
    causes.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return causes;
}

/** Causes against an update of a deployment. */
export function validateDeploymentUpdate(deployment: Deployment, old: Deployment): StatusCause[] {
  return [...validateDeployment(deployment), ...keptSelector(deployment.spec, old.spec)];
}

function validateStrategy(strategy: DeploymentStrategy): StatusCause[] {
  const { type, rollingUpdate } = strategy;
  const at = 'spec.strategy';
  if (type === 'Recreate') {
    if (!rollingUpdate) return [];
    return [forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (type !== 'RollingUpdate')
    return [notSupported(at, goStruct(strategy, strategyShape), ['Recreate', 'RollingUpdate'])];
  if (!rollingUpdate) return [required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil')];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const causes = [
    ...countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...countOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge),
  ];
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    causes.push(
      invalidValue(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    );
  }
  return [...causes, ...atMostAll(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable)];
}

/** Causes against the status of a deployment. */
export function validateDeploymentStatus(
  deployment: WithStatus<DeploymentStatus>,
  old: typeof deployment,
): StatusCause[] {
  const { status = {} } = deployment;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...allNonNegative('status', status, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ]),
    ...atMost('status.updatedReplicas', updatedReplicas, { bound: replicas }),
    ...atMost('status.readyReplicas', readyReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, {
      bound: readyReplicas,
      message: 'cannot be greater than readyReplicas',
    }),
    ...keptCollisions(deployment, old),
  ];
}

interface WithStatus<S> {
  status?: S;
}

/** Collisions of names are counted up only. */
export function keptCollisions(
  { status }: WithStatus<{ collisionCount?: number }>,
  { status: old }: WithStatus<{ collisionCount?: number }>,
): StatusCause[] {
  const { collisionCount = 0 } = status ?? {};
  if (old?.collisionCount === undefined || collisionCount >= old.collisionCount) return [];
  return [invalidValue('status.collisionCount', collisionCount, 'cannot be decremented')];
}

/** A count that is part of another. */
export function atMost(
  field: string,
  value: number,
  { bound, message = aboveReplicas }: { bound: number; message?: string },
): StatusCause[] {
  return value > bound ? [invalidValue(field, value, message)] : [];
}

/** Causes against a replica set. */
export function validateReplicaSet({ spec }: ReplicaSet): StatusCause[] {
  if (!spec) return [required('spec')];
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateSelection(spec, selection),
  ];
}

/** Causes against an update of a replica set. */
export function validateReplicaSetUpdate(set: ReplicaSet, old: ReplicaSet): StatusCause[] {
  return [...validateReplicaSet(set), ...keptSelector(set.spec, old.spec)];
}

/** Causes against the status of a replica set or replication controller. */
export function validateReplicaStatus({ status }: { status?: ReplicaSetStatus }): StatusCause[] {
  if (!status) return [];
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...allNonNegative('status', status, [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'terminatingReplicas',
      'observedGeneration',
    ]),
    ...atMost('status.fullyLabeledReplicas', fullyLabeledReplicas, { bound: replicas }),
    ...atMost('status.readyReplicas', readyReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, {
      bound: readyReplicas,
      message: 'cannot be greater than readyReplicas',
    }),
  ];
}
