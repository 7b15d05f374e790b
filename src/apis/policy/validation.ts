// Which disruption budgets are refused? Upstream's pkg/apis/policy/validation.

import { validateConditions } from '../../apimachinery/conditions.ts';
import { invalidValue } from '../../apimachinery/field-error.ts';
import { goLabelSelector, goStruct } from '../../apimachinery/go-values.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateLabelSelector } from '../../apimachinery/validation.ts';
import { allNonNegative, atMostAll, countOrPercent, listed } from '../field-rules.ts';
import type { PodDisruptionBudget } from './generated/v1.ts';

const specShape = {
  MinAvailable: null,
  Selector: null,
  MaxUnavailable: null,
  UnhealthyPodEvictionPolicy: null,
} as const;

/** Causes against a disruption budget. */
export function validateBudget({ spec = {} }: PodDisruptionBudget): StatusCause[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  const shown = goStruct({ ...spec, selector: goLabelSelector(selector) }, specShape);
  const causes: StatusCause[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    causes.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of [
    ['spec.minAvailable', minAvailable],
    ['spec.maxUnavailable', maxUnavailable],
  ] as const) {
    if (value !== undefined) causes.push(...countOrPercent(field, value), ...atMostAll(field, value));
  }
  if (selector) causes.push(...validateLabelSelector(selector, 'spec.selector'));
  const policies = ['AlwaysAllow', 'IfHealthyBudget'];
  return [...causes, ...listed('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, policies)];
}

/** Causes against the status of a disruption budget. */
export function validateBudgetStatus({ status }: PodDisruptionBudget): StatusCause[] {
  if (!status) return [];
  return [
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...allNonNegative('status', status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']),
  ];
}
