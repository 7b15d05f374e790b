// Which priority classes are refused? Upstream's pkg/apis/scheduling/validation.

import { forbidden, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { immutable, listed } from '../field-rules.ts';
import type { PriorityClass } from './generated/v1.ts';
import { systemPriority } from './system-classes.ts';

const userValueMax = 1_000_000_000;

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
    const why = whyNotOfTheSystem(name, value ?? 0, globalDefault ?? false);
    const reserved = "priority class names with 'system-' prefix are reserved for system use only.";
    if (why) causes.push(forbidden('metadata.name', `${reserved} error: ${why}`));
  } else if ((value ?? 0) > userValueMax) {
    causes.push(forbidden('value', `maximum allowed value of a user defined priority is ${userValueMax}`));
  }
  if (!preemptionPolicy) return [...causes, required('preemptionPolicy')];
  return [...causes, ...listed('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])];
}

function whyNotOfTheSystem(name: string, value: number, globalDefault: boolean): string | undefined {
  const known = systemPriority(name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Causes against an update: pods have been given the value already. */
export function validatePriorityClassUpdate(priorityClass: PriorityClass, old: PriorityClass): StatusCause[] {
  const causes: StatusCause[] = [];
  if (priorityClass.value !== old.value) causes.push(forbidden('value', 'may not be changed in an update.'));
  return [...causes, ...immutable('preemptionPolicy', priorityClass.preemptionPolicy, old.preemptionPolicy)];
}
