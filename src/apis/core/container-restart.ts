// When is a single container of a pod started again? Source: validateContainerRestartPolicy of pkg/apis/core/validation.

import { notSupported, required, tooMany } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { Container } from './generated/v1.ts';

const rulesMax = 20;
const exitCodesMax = 255;

/** Causes against a container's own restart policy and its rules. */
export function validateContainerRestart(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  { at, isInit = false }: { at: string; isInit?: boolean },
): StatusCause[] {
  const causes: StatusCause[] = [];
  const oneOf = (field: string, value: string | undefined, all: string[]): void => {
    if (!all.includes(value ?? '')) causes.push(notSupported(field, value ?? '', all));
  };
  const policyField = `${at}.restartPolicy`;
  if (restartPolicy !== undefined) oneOf(policyField, restartPolicy, ['Always', 'Never', 'OnFailure']);
  else if (rules.length > 0) {
    causes.push(required(policyField, 'must specify restartPolicy when restart rules are used'));
    // The rules of init containers are looked at only with a policy.
    if (isInit) return causes;
  }
  if (rules.length > rulesMax) causes.push(tooMany(`${at}.restartPolicyRules`, rules.length, rulesMax));
  for (const [index, { action, exitCodes }] of rules.entries()) {
    const field = `${at}.restartPolicyRules[${index}]`;
    oneOf(`${field}.action`, action, ['Restart', 'RestartAllContainers']);
    if (!exitCodes) {
      causes.push(required(`${field}.exitCodes`, 'must be specified'));
      continue;
    }
    oneOf(`${field}.exitCodes.operator`, exitCodes.operator, ['In', 'NotIn']);
    const count = exitCodes.values?.length ?? 0;
    if (count > exitCodesMax) causes.push(tooMany(`${field}.exitCodes.values`, count, exitCodesMax));
  }
  return causes;
}
