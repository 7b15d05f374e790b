// Is a rule of upstream's snapshot CRDs met? Their CEL rules refuse with one text each.

import type { StatusCause } from '../../apimachinery/status-error.ts';

/** One cause against `field` unless the rule is met. */
export function rule(field: string, message: string, isMet: boolean): StatusCause[] {
  return isMet ? [] : [{ reason: 'FieldValueInvalid', field, message: `Invalid value: ${message}` }];
}
