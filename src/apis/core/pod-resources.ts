// What may a pod ask for as a whole, and what does it ask for where it says only a part? Source: pkg/apis/core/v1 defaults.go
// defaultPodRequests and defaultHugePagePodLimits, pkg/apis/core/validation validatePodResources.

import { forbidden, invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import { canonicalQuantity, compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import { wasSent } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { containerAmounts } from '../quota/usage.ts';
import { claimCauses, requirementCauses } from './container-resources.ts';
import type { PodSpec } from './generated/v1.ts';
import type { ResourceList } from './resource-list.ts';
import { isHugePagesName, mayOvercommit, validateResourceName } from './resource-names.ts';

const whole = ['cpu', 'memory'];
const nameable = ['cpu', 'hugepages-', 'memory'];

const isOfPods = (name: string): boolean => whole.includes(name) || isHugePagesName(name);

/** Fills in what follows from the containers: huge pages may be used up, and what is bounded is asked for. */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources || (isEmpty(resources.limits) && isEmpty(resources.requests))) return;
  const limits = { ...resources.limits };
  for (const [name, amount] of Object.entries(containerAmounts(spec, 'limits')))
    if (isHugePagesName(name)) limits[name] ??= amount;
  if (isEmpty(limits)) return;
  resources.limits = limits;
  const requests = { ...resources.requests };
  for (const [name, amount] of Object.entries(containerAmounts(spec, 'requests')))
    if (isOfPods(name) && mayOvercommit(name)) requests[name] ??= amount;
  for (const [name, amount] of Object.entries(limits)) if (isOfPods(name)) requests[name] ??= amount;
  if (!isEmpty(requests)) resources.requests = requests;
}

const isEmpty = (list: ResourceList | undefined): boolean => Object.keys(list ?? {}).length === 0;

/** Causes against what a pod asks for as a whole: at least what its containers ask for together. `claims` are its own. */
export function validatePodResources(spec: PodSpec, claims: ReadonlySet<string>, at: string): StatusCause[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [forbidden(at, 'may not be set for a windows pod')];
  const causes = wasSent(resources, 'claims')
    ? [forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level')]
    : [];
  causes.push(...requirementCauses(resources, at, podResourceName));
  causes.push(...claimCauses(resources.claims ?? [], claims, `${at}.claims`));
  for (const [name, amount] of Object.entries(containerAmounts(spec, 'requests'))) {
    const own = resources.requests?.[name];
    if (own === undefined || !isMore(amount, own)) continue;
    const why = `must be greater than or equal to aggregate container requests of ${canonicalQuantity(amount)}`;
    causes.push(invalidValue(`${at}.requests[${name}]`, canonicalQuantity(own), why));
  }
  for (const [index, { resources: own }] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(own?.limits ?? {})) {
      const bound = resources.limits?.[name];
      if (bound === undefined || !isMore(limit, bound)) continue;
      const why = `must be less than or equal to pod limits of ${canonicalQuantity(bound)}`;
      causes.push(invalidValue(`${at}.containers[${index}][${name}].limits`, canonicalQuantity(limit), why));
    }
  }
  return causes;
}

function podResourceName(name: string, field: string): StatusCause[] {
  const causes = validateResourceName(name, field);
  return causes.length > 0 || isOfPods(name) ? causes : [notSupported(field, name, nameable)];
}

function isMore(a: string, b: string): boolean {
  return isQuantity(a) && isQuantity(b) && compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;
}
