// Which requests and limits of a container are refused? Source: pkg/apis/core/validation validateResourceRequirements
// and validateResizePolicy.

import {
  duplicate,
  fieldNotFound,
  forbidden,
  invalidValue,
  notSupported,
  required,
} from '../../apimachinery/field-error.ts';
import { canonicalQuantity, compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { ContainerResizePolicy, ResourceClaim, ResourceRequirements } from './generated/v1.ts';
import { type ResourceList, validateAmountOf } from './resource-list.ts';
import { hugePagesProblem, isHugePagesName, mayOvercommit, validateContainerResourceName } from './resource-names.ts';

/** Causes against the name of a resource. */
export type NameCauses = (name: string, field: string) => StatusCause[];

/** Causes against the resources of a container. `claims` are the names of the pod's resource claims. */
export function validateContainerResources(
  requirements: ResourceRequirements,
  { at, claims }: { at: string; claims: ReadonlySet<string> },
): StatusCause[] {
  return [
    ...requirementCauses(requirements, at, validateContainerResourceName),
    ...claimCauses(requirements.claims ?? [], claims, `${at}.claims`),
  ];
}

/** Causes against what a runtime class adds to its pods. */
export function validateOverhead(podFixed: ResourceList, at: string): StatusCause[] {
  return requirementCauses({ limits: podFixed }, at, validateContainerResourceName);
}

/** Causes against amounts; `nameCauses` says which may be named. */
export function requirementCauses(
  { limits = {}, requests = {} }: ResourceRequirements,
  at: string,
  nameCauses: NameCauses,
): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [name, amount] of Object.entries(limits))
    causes.push(...amountCauses(name, amount, { field: `${at}.limits[${name}]`, nameCauses }));
  for (const [name, amount] of Object.entries(requests)) {
    const field = `${at}.requests[${name}]`;
    const [own, huge] = [amountCauses(name, amount, { field, nameCauses }), hugePagesCauses(name, amount, field)];
    causes.push(...own.slice(0, own.length - huge.length));
    causes.push(...limitCauses({ name, amount, limit: limits[name] }, at), ...huge);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePagesName) && !names.includes('cpu') && !names.includes('memory'))
    causes.push(forbidden(at, 'HugePages require cpu or memory'));
  return causes;
}

function amountCauses(
  name: string,
  amount: string,
  { field, nameCauses }: { field: string; nameCauses: NameCauses },
): StatusCause[] {
  return [
    ...nameCauses(name, field),
    ...validateAmountOf(name, amount, field),
    ...hugePagesCauses(name, amount, field),
  ];
}

function hugePagesCauses(name: string, amount: string, field: string): StatusCause[] {
  const why = hugePagesProblem(name, amount);
  return why === undefined ? [] : [invalidValue(field, amount, why)];
}

function limitCauses(
  { name, amount, limit }: { name: string; amount: string; limit: string | undefined },
  at: string,
): StatusCause[] {
  if (limit === undefined)
    return mayOvercommit(name) ? [] : [required(`${at}.limits`, 'Limit must be set for non overcommitable resources')];
  if (!isQuantity(limit) || !isQuantity(amount)) return [];
  const order = compareQuantities(parseQuantity(amount), parseQuantity(limit));
  const [request, bound] = [canonicalQuantity(amount), canonicalQuantity(limit)];
  if (order !== 0 && !mayOvercommit(name))
    return [invalidValue(`${at}.requests`, request, `must be equal to ${name} limit of ${bound}`)];
  if (order <= 0) return [];
  return [invalidValue(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${bound}`)];
}

/** Causes against the claims that are named; `known` are the pod's. */
export function claimCauses(claims: Partial<ResourceClaim>[], known: ReadonlySet<string>, path: string): StatusCause[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name = '', request }, index) => {
    const field = `${path}[${index}]`;
    if (!name) return [required(field)];
    const key = request ? `${name}/${request}` : name;
    const isRepeated = !request && [...seen].some((each) => each.startsWith(`${name}/`));
    const causes: StatusCause[] = [];
    if (seen.has(name)) causes.push(duplicate(field, name));
    else {
      if (request) causes.push(...named(`${field}.request`, request, dns1123Label));
      if (seen.has(key)) causes.push(duplicate(field, key));
      else if (isRepeated) causes.push(duplicate(field, name));
      seen.add(key);
    }
    if (known.has(name)) return causes;
    const cause = fieldNotFound(field, name);
    const names = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
    const message = `${cause.message}: must be one of the names in pod.spec.resourceClaims${names}`;
    return [...causes, { ...cause, message }];
  });
}

const resizable = ['cpu', 'memory'];
const resizeRestarts = ['NotRequired', 'RestartContainer'];

/** Causes against what a container wants to happen when it is resized. */
export function validateResizePolicy(
  policies: Partial<ContainerResizePolicy>[],
  { path, restartPolicy }: { path: string; restartPolicy: string | undefined },
): StatusCause[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName = '', restartPolicy: restart = '' }, index) => {
    const causes = seen.has(resourceName) ? [duplicate(`${path}[${index}]`, resourceName)] : [];
    seen.add(resourceName);
    if (!resourceName) causes.push(required(path));
    else if (!resizable.includes(resourceName)) causes.push(notSupported(path, resourceName, resizable));
    if (!restart) causes.push(required(path));
    else if (!resizeRestarts.includes(restart)) causes.push(notSupported(path, restart, resizeRestarts));
    if (restartPolicy === 'Never' && restart !== 'NotRequired')
      causes.push(invalidValue(path, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    return causes;
  });
}
