// Which load balancer may a service ask for, and may it ask for another? Source: validateLoadBalancerClassField of
// pkg/apis/core/validation.

import { forbidden, invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { ServiceSpec } from './generated/v1.ts';

export const onlyBalanced = "may only be used when `type` is 'LoadBalancer'";
const field = 'spec.loadBalancerClass';

/** Causes against the class; with `old`, against a change of it as well. */
export function validateBalancerClass({ type, loadBalancerClass }: ServiceSpec, old?: ServiceSpec): StatusCause[] {
  const isChanged =
    type === 'LoadBalancer' && old?.type === 'LoadBalancer' && loadBalancerClass !== old.loadBalancerClass;
  const causes = isChanged ? [invalidValue(field, loadBalancerClass, 'may not change once set')] : [];
  if (loadBalancerClass === undefined) return causes;
  if (type !== 'LoadBalancer') return [...causes, forbidden(field, onlyBalanced)];
  return [...causes, ...named(field, loadBalancerClass, labelKey)];
}
