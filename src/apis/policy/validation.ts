// Which disruption budgets are refused? Upstream's pkg/apis/policy/validation.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateLabelSelector } from '../../apimachinery/validation.ts';
import { allNonNegative, atMostAll, countOrPercent, oneOf } from '../field-rules.ts';
import type { PodDisruptionBudget } from './generated/v1.ts';

/** Causes against a disruption budget. */
export function validateBudget({ spec = {} }: PodDisruptionBudget): StatusCause[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  const causes: StatusCause[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    causes.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of [
    ['spec.minAvailable', minAvailable],
    ['spec.maxUnavailable', maxUnavailable],
  ] as const) {
    if (value !== undefined) causes.push(...countOrPercent(field, value), ...atMostAll(field, value));
  }
  if (selector) causes.push(...validateLabelSelector(selector, 'spec.selector'));
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  return [...causes, ...oneOf('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, policies)];
}

/** Causes against the status of a disruption budget. */
export function validateBudgetStatus({ status }: PodDisruptionBudget): StatusCause[] {
  if (!status) return [];
  return allNonNegative('status', status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']);
}
