// May a ValidatingAdmissionPolicy have this status? Source: pkg/apis/admissionregistration/validation,
// validateValidatingAdmissionPolicyStatus.

import { validateConditions } from '../../apimachinery/conditions.ts';
import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from './generated/v1.ts';
import { jsonPathProblem } from './json-path-problem.ts';

/** Causes against the status that is written. */
export function validatePolicyStatus({ status }: ValidatingAdmissionPolicy): StatusCause[] {
  const { typeChecking, conditions = [] } = status ?? {};
  const at = 'status.typeChecking.expressionWarnings';
  return [
    ...(typeChecking?.expressionWarnings ?? []).flatMap((each, index) => validateWarning(each, `${at}[${index}]`)),
    ...validateConditions(conditions, 'status.conditions'),
  ];
}

function validateWarning({ warning, fieldRef }: ExpressionWarning, path: string): StatusCause[] {
  return [...(warning ? [] : [required(`${path}.warning`)]), ...validateFieldRef(fieldRef.trim(), `${path}.fieldRef`)];
}

function validateFieldRef(text: string, path: string): StatusCause[] {
  if (text === '') return [required(path)];
  const problem = jsonPathProblem(`{${text}}`);
  return problem === undefined ? [] : [invalidValue(path, text, `invalid JSONPath: ${problem}`)];
}
