// Which deployments, replica sets and daemon sets are refused? Upstream's pkg/apis/apps/validation.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { allNonNegative, amountOf, atMostAll, countOrPercent, immutable, nonNegative } from '../field-rules.ts';
import type {
  DaemonSet,
  DaemonSetStatus,
  DaemonSetUpdateStrategy,
  Deployment,
  DeploymentStatus,
  DeploymentStrategy,
  ReplicaSet,
  ReplicaSetStatus,
} from './generated/v1.ts';
import { validateSelection } from './template-rules.ts';

const aboveReplicas = 'cannot be greater than status.replicas';

/** Causes against a deployment. */
export function validateDeployment({ spec }: Deployment): StatusCause[] {
  if (!spec) return [required('spec')];
  const { replicas, minReadySeconds, revisionHistoryLimit, progressDeadlineSeconds: deadline, strategy } = spec;
  const causes = [
    ...nonNegative('spec.replicas', replicas),
    ...validateSelection(spec, { kind: 'ReplicaSet', emptyMessage: 'empty selector is invalid for deployment' }),
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
  return [
    ...validateDeployment(deployment),
    ...immutable('spec.selector', deployment.spec?.selector, old.spec?.selector),
  ];
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy): StatusCause[] {
  const at = 'spec.strategy';
  if (type === 'Recreate') {
    if (!rollingUpdate) return [];
    return [forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (type !== 'RollingUpdate') return [notSupported(`${at}.type`, type ?? '', ['Recreate', 'RollingUpdate'])];
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
export function validateDeploymentStatus({ status = {} }: { status?: DeploymentStatus }): StatusCause[] {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return [
    ...allNonNegative('status', status, [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'collisionCount',
    ]),
    ...atMost('status.updatedReplicas', updatedReplicas, { bound: replicas }),
    ...atMost('status.readyReplicas', readyReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, { bound: replicas }),
    ...atMost('status.availableReplicas', availableReplicas, {
      bound: readyReplicas,
      message: 'cannot be greater than readyReplicas',
    }),
  ];
}

function atMost(
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
    ...validateSelection(spec, { kind: 'ReplicaSet', emptyMessage: 'empty selector is invalid for deployment' }),
  ];
}

/** Causes against an update of a replica set. */
export function validateReplicaSetUpdate(set: ReplicaSet, old: ReplicaSet): StatusCause[] {
  return [...validateReplicaSet(set), ...immutable('spec.selector', set.spec?.selector, old.spec?.selector)];
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

/** Causes against a daemon set. */
export function validateDaemonSet({ spec }: DaemonSet): StatusCause[] {
  if (!spec) return [required('spec')];
  return [
    ...validateSelection(spec, { kind: 'DaemonSet', emptyMessage: 'empty selector is invalid for daemonset' }),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateDaemonUpdates(spec.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

/** Causes against an update of a daemon set. */
export function validateDaemonSetUpdate(set: DaemonSet, old: DaemonSet): StatusCause[] {
  return [...validateDaemonSet(set), ...immutable('spec.selector', set.spec?.selector, old.spec?.selector)];
}

function validateDaemonUpdates(strategy: DaemonSetUpdateStrategy): StatusCause[] {
  const at = 'spec.updateStrategy';
  if (strategy.type === 'OnDelete') return [];
  if (strategy.type !== 'RollingUpdate') return [notSupported(at, strategy, ['RollingUpdate', 'OnDelete'])];
  if (!strategy.rollingUpdate) return [required(`${at}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate;
  const causes = [
    ...countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...countOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge),
    ...atMostAll(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${at}.rollingUpdate.maxSurge`, maxSurge),
  ];
  const [hasUnavailable, hasSurge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
  if (hasUnavailable && hasSurge) {
    causes.push(
      invalidValue(`${at}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'),
    );
  }
  if (!hasUnavailable && !hasSurge) {
    causes.push(required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return causes;
}

/** Causes against the status of a daemon set. */
export function validateDaemonSetStatus({ status }: { status?: DaemonSetStatus }): StatusCause[] {
  if (!status) return [];
  return allNonNegative('status', status, [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ]);
}
