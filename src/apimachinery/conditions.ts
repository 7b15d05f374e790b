// Are the conditions of a status well formed? Upstream's apis/meta/v1/validation, ValidateConditions.

import { duplicate, invalidValue, notSupported, required, tooLong } from './field-error.ts';
import type { StatusCause } from './status-error.ts';
import { labelKey } from './validation.ts';

/** Models metav1.Condition. */
export interface Condition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonRule = new RegExp(`^${reasonPattern}$`);
const reasonMessage =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' " +
  `(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonPattern}')`;
const reasonMaxBytes = 1024;
const messageMaxBytes = 32 * 1024;

/** Causes against the conditions at `path`. */
export function validateConditions(conditions: readonly Condition[], path: string): StatusCause[] {
  return conditions.flatMap((condition, index) => {
    const at = `${path}[${index}]`;
    const isRepeated = conditions.findIndex(({ type }) => type === condition.type) < index;
    const repeated = isRepeated ? [duplicate(`${at}.type`, condition.type)] : [];
    return [...repeated, ...validateCondition(condition, at)];
  });
}

function validateCondition(condition: Condition, at: string): StatusCause[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition;
  const causes = labelKey(type).map((problem) => invalidValue(`${at}.type`, type, problem));
  const statuses = ['False', 'True', 'Unknown'];
  if (!statuses.includes(status)) causes.push(notSupported(`${at}.status`, status, statuses));
  if (observedGeneration < 0) {
    causes.push(invalidValue(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
  }
  if (!lastTransitionTime) causes.push(required(`${at}.lastTransitionTime`));
  if (!reason) causes.push(required(`${at}.reason`));
  else if (!reasonRule.test(reason)) {
    causes.push(invalidValue(`${at}.reason`, reason, reasonMessage));
  }
  if (Buffer.byteLength(reason) > reasonMaxBytes) causes.push(tooLong(`${at}.reason`, reasonMaxBytes));
  if (Buffer.byteLength(message) > messageMaxBytes) causes.push(tooLong(`${at}.message`, messageMaxBytes));
  return causes;
}
