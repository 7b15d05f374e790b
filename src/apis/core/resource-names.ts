// Which resources may be named where? Source: pkg/apis/core/helper and the resource names of pkg/apis/core/validation.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const containerNames = new Set(compute);
/** What is counted in whole pieces. */
const counted = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const quotaNames = new Set([
  ...compute,
  ...compute.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...counted,
]);
const standardNames = new Set([...quotaNames, 'storage']);

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isHugePagesOfQuota = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');

/** Is it a resource of Kubernetes itself? Names without a prefix are. */
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && labelKey(`requests.${name}`).length === 0;
}

/** May the sum of the limits be more than there is? */
export function mayOvercommit(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

/** Is it there only in whole pieces? */
export function isCounted(name: string): boolean {
  return counted.has(name) || isExtended(name);
}

/** May a quota name it without a prefix? */
export function isQuotaName(name: string): boolean {
  return quotaNames.has(name) || isHugePagesOfQuota(name);
}

/** Causes against the name of any resource. */
export function validateResourceName(name: string, field: string): StatusCause[] {
  const causes = named(field, name, labelKey);
  if (causes.length > 0 || name.includes('/') || standardNames.has(name) || isHugePagesOfQuota(name)) return causes;
  return [invalidValue(field, name, 'must be a standard resource type or fully qualified')];
}

/** Causes against the name of a resource that a container asks for. */
export function validateContainerResourceName(name: string, field: string): StatusCause[] {
  const causes = validateResourceName(name, field);
  if (!name.includes('/')) {
    if (containerNames.has(name) || isHugePages(name)) return causes;
    return [...causes, invalidValue(field, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtended(name)) return causes;
  return [...causes, invalidValue(field, name, "doesn't follow extended resource name standard")];
}

/** Causes against the name of a resource that a quota bounds. */
export function validateQuotaResourceName(name: string, field: string): StatusCause[] {
  const causes = validateResourceName(name, field);
  if (name.includes('/') || isQuotaName(name)) return causes;
  return [...causes, invalidValue(field, name, 'must be a standard resource for quota')];
}

/** What is wrong with an amount of huge pages; undefined if nothing, or if they are none. */
export function hugePagesProblem(name: string, amount: string): string | undefined {
  if (!isHugePages(name) || !isQuantity(amount)) return undefined;
  const size = name.slice('hugepages-'.length);
  const page = isQuantity(size) ? parseQuantity(size).nanos : 0n;
  const isWhole = page > 0n && page % 1_000_000_000n === 0n && parseQuantity(amount).nanos % page === 0n;
  return isWhole ? undefined : `${amount} is not positive integer multiple of ${name}`;
}

/** Is it memory in large pages? */
export const isHugePagesName = isHugePages;
