// Which policies may a job have about its pods' failures and its own success? Upstream's pkg/apis/batch/validation.

import {
  duplicate,
  invalidValue,
  invalidWhole,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../apimachinery/field-error.ts';
import { emptiesOf } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { named, nonNegative } from '../field-rules.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from './generated/v1.ts';
import { countIndexes } from './job-indexes.ts';

const rulesMax = 20;
const patternsMax = 20;
const exitCodesMax = 255;
const indexesMaxBytes = 64 * 1024;

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

/** Causes against the failure policy of a job. */
export function validateFailurePolicy(spec: JobSpec, path: string): StatusCause[] {
  const { rules } = spec.podFailurePolicy ?? { rules: [] };
  const { containers = [], initContainers = [] } = spec.template.spec ?? {};
  const containerNames = new Set([...containers, ...initContainers].map(({ name }) => name));
  return [
    ...atMostItems(`${path}.rules`, rules, rulesMax),
    ...rules.flatMap((rule, index) => {
      const at = `${path}.rules[${index}]`;
      return [...validateAction(rule, spec, `${at}.action`), ...validateMatch(rule, containerNames, at)];
    }),
  ];
}

function atMostItems(path: string, items: readonly unknown[], max: number): StatusCause[] {
  return items.length > max ? [tooMany(path, items.length, max)] : [];
}

/** As Go writes a list of texts. */
function validValues(values: readonly string[]): string {
  return `valid values: [${values.map((each) => JSON.stringify(each)).join(' ')}]`;
}

/** A value that must be there and be one of `values`. */
function chosen(path: string, value: string | undefined, values: readonly string[]): StatusCause[] {
  if (!value) return [required(path, validValues(values))];
  return values.includes(value) ? [] : [notSupported(path, value, values)];
}

function validateAction({ action }: PodFailurePolicyRule, spec: JobSpec, path: string): StatusCause[] {
  if (action !== 'FailIndex') return chosen(path, action, actions);
  if (spec.backoffLimitPerIndex !== undefined) return [];
  return [invalidValue(path, action, 'requires the backoffLimitPerIndex to be set')];
}

function validateMatch(
  { onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  containerNames: ReadonlySet<string>,
  path: string,
): StatusCause[] {
  const hasConditions = onPodConditions.length > 0;
  const causes = [
    ...(onExitCodes ? validateExitCodes(onExitCodes, containerNames, `${path}.onExitCodes`) : []),
    ...validateConditions(onPodConditions, `${path}.onPodConditions`),
  ];
  if (onExitCodes && hasConditions) {
    causes.push(invalidWhole(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && !hasConditions) {
    causes.push(invalidWhole(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return causes;
}

function validateConditions(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): StatusCause[] {
  return [
    ...atMostItems(path, patterns, patternsMax),
    ...patterns.flatMap(({ type, status }, index) => [
      ...named(`${path}[${index}].type`, type, labelKey),
      ...chosen(`${path}[${index}].status`, status, statuses),
    ]),
  ];
}

function validateExitCodes(
  onExitCodes: PodFailurePolicyOnExitCodesRequirement,
  containerNames: ReadonlySet<string>,
  path: string,
): StatusCause[] {
  const { operator, containerName, values } = onExitCodes;
  const at = `${path}.values`;
  const causes = chosen(`${path}.operator`, operator, operators);
  if (containerName !== undefined && !containerNames.has(containerName)) {
    const why = 'must be one of the container or initContainer names in the pod template';
    causes.push(invalidValue(`${path}.containerName`, containerName, why));
  }
  // An absent list is an empty one here, and null in upstream's words.
  const shown = emptiesOf(onExitCodes)['values'] ?? null;
  if (values.length === 0) causes.push(invalidValue(at, shown, 'at least one value is required'));
  causes.push(...atMostItems(at, values, exitCodesMax));
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0) {
      causes.push(invalidValue(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(value) < index) causes.push(duplicate(`${at}[${index}]`, value));
  }
  const isOrdered = values.every((value, index) => value >= (values[index - 1] ?? value));
  return isOrdered ? causes : [...causes, invalidValue(at, values, 'must be ordered')];
}

/** Causes against the success policy of an indexed job. */
export function validateSuccessPolicy({ successPolicy, completions }: JobSpec, path: string): StatusCause[] {
  const rules = successPolicy?.rules ?? [];
  const causes: StatusCause[] = [];
  if (rules.length === 0) {
    const why = 'at least one rules must be specified when the successPolicy is specified';
    causes.push(required(`${path}.rules`, why));
  }
  causes.push(...atMostItems(`${path}.rules`, rules, rulesMax));
  // That a number is missing is told of elsewhere: the rules can't be measured by it.
  if (completions === undefined) return causes;
  return [...causes, ...rules.flatMap((rule, index) => validateRule(rule, completions, `${path}.rules[${index}]`))];
}

function validateRule(rule: SuccessPolicyRule, completions: number, path: string): StatusCause[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  const causes: StatusCause[] = [];
  if (count === undefined && indexes === undefined) {
    causes.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  const found = indexes === undefined ? 0 : countIndexes(indexes, completions);
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (Buffer.byteLength(indexes) > indexesMaxBytes) causes.push(tooLong(at, indexesMaxBytes));
    if (typeof found === 'string') causes.push(invalidValue(at, indexes, `error parsing succeededIndexes: ${found}`));
  }
  if (count === undefined) return causes;
  const at = `${path}.succeededCount`;
  causes.push(...nonNegative(at, count));
  const bound = (max: number, what: string): void => {
    if (count > max) causes.push(invalidValue(at, count, `must be less than or equal to ${max} (${what})`));
  };
  bound(completions, 'the number of specified completions');
  if (indexes !== undefined) {
    bound(typeof found === 'string' ? 0 : found, 'the number of indexes in the specified succeededIndexes field');
  }
  return causes;
}
