// Which priority classes are refused? Upstream's pkg/apis/scheduling/validation.

import { forbidden, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { immutable, oneOf } from '../field-rules.ts';
import type { PriorityClass } from './generated/v1.ts';

const userValueMax = 1_000_000_000;
/** The classes that upstream's server makes itself, with their values. */
const systemClasses: Record<string, number> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Causes against a priority class. */
export function validatePriorityClass({
  metadata,
  value,
  preemptionPolicy,
  globalDefault,
}: PriorityClass): StatusCause[] {
  const causes: StatusCause[] = [];
  const { name } = metadata;
  if (name.startsWith('system-')) {
    const isKnown = systemClasses[name] === value && !globalDefault;
    const why = "priority class names with 'system-' prefix are reserved for system use only";
    if (!isKnown) causes.push(forbidden('metadata.name', why));
  } else if ((value ?? 0) > userValueMax) {
    causes.push(forbidden('value', `maximum allowed value of a user defined priority is ${userValueMax}`));
  }
  if (!preemptionPolicy) causes.push(required('preemptionPolicy'));
  return [...causes, ...oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])];
}

/** Causes against an update: pods have been given the value already. */
export function validatePriorityClassUpdate(priorityClass: PriorityClass, old: PriorityClass): StatusCause[] {
  const causes: StatusCause[] = [];
  if (priorityClass.value !== old.value) causes.push(forbidden('value', 'may not be changed in an update.'));
  return [...causes, ...immutable('preemptionPolicy', priorityClass.preemptionPolicy, old.preemptionPolicy)];
}
