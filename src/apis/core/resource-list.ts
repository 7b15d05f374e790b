// Which amounts of resources are refused, and which are implied? Their canonical form is the structural layer's work.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { canonicalQuantity, isQuantity, parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';

import { isCounted } from './resource-names.ts';

/** Amounts by resource name: `{ cpu: '100m', memory: '1Gi' }`. */
export type ResourceList = Record<string, string>;

/** Requests that are missing take the limit, as upstream defaults them. */
export function defaultRequests(resources: { limits?: ResourceList; requests?: ResourceList }): void {
  if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests };
}

/** Why an amount may not be kept: `must be greater than or equal to 0`, or what parsing says. */
export function validateAmount(amount: string, field: string): StatusCause[] {
  if (!isQuantity(amount)) return [invalidValue(field, amount, malformed)];
  return parseQuantity(amount).nanos < 0n ? [invalidValue(field, amount, 'must be greater than or equal to 0')] : [];
}

/** As validateAmount, and what is there only in whole pieces must be whole. */
export function validateAmountOf(name: string, amount: string, field: string): StatusCause[] {
  const causes = validateAmount(amount, field);
  if (!isQuantity(amount) || !isCounted(name)) return causes;
  const isWhole = parseQuantity(amount).nanos % 1_000_000_000n === 0n;
  return isWhole ? causes : [...causes, invalidValue(field, canonicalQuantity(amount), 'must be an integer')];
}

/** As validateAmount, in the words that upstream has for the storage of volumes, and of what grew. */
export function validateBasicAmount(amount: string, field: string): StatusCause[] {
  if (!isQuantity(amount)) return [invalidValue(field, amount, malformed)];
  if (parseQuantity(amount).nanos >= 0n) return [];
  return [invalidValue(field, quantityToNumber(amount), 'must be a valid resource quantity')];
}

/** More than nothing. */
export function validatePositiveAmount(amount: string, field: string): StatusCause[] {
  if (!isQuantity(amount)) return [invalidValue(field, amount, malformed)];
  return parseQuantity(amount).nanos > 0n ? [] : [invalidValue(field, amount, 'must be greater than zero')];
}

const malformed = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
