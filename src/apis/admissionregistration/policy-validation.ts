// Which admission policies are refused, beside what their expressions say?
// Upstream's pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1035Label, dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type {
  AuditAnnotation,
  MatchCondition,
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ParamKind,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from './generated/v1.ts';
import {
  among,
  failurePolicies,
  reinvocationPolicies,
  validateMatch,
  validateMutatingMatch,
} from './rule-validation.ts';
import { validateConditions } from './webhook-validation.ts';

const emptyMessage = 'validations or auditAnnotations must contain at least one item';
const annotationsMax = 20;
const annotationMaxBytes = 5 * 1024;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

/** Causes against a validating policy. */
export function validateValidatingPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): StatusCause[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const causes = validatePolicy(spec, validateMatch);
  if (validations.length + auditAnnotations.length === 0)
    return [...causes, required('spec.validations', emptyMessage), required('spec.auditAnnotations', emptyMessage)];
  causes.push(...validations.flatMap((each, index) => validateValidation(each, `spec.validations[${index}]`)));
  if (auditAnnotations.length > annotationsMax) {
    const why = `must not have more than ${annotationsMax} auditAnnotations`;
    causes.push(invalidValue('spec.auditAnnotations', auditAnnotations, why));
  }
  const keys = new Set<string>();
  for (const [index, annotation] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${index}]`;
    causes.push(...validateAnnotation(annotation, metadata.name, at));
    if (keys.has(annotation.key)) causes.push(duplicate(`${at}.key`, annotation.key));
    keys.add(annotation.key);
  }
  return causes;
}

function validateValidation({ expression, message, messageExpression, reason }: Validation, at: string): StatusCause[] {
  const isBlank = (text: string | undefined): boolean => text !== undefined && text !== '' && text.trim() === '';
  const causes = expression.trim() === '' ? [required(`${at}.expression`, 'expression is not specified')] : [];
  if (isBlank(messageExpression))
    causes.push(invalidValue(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  if (isBlank(message)) causes.push(invalidValue(`${at}.message`, message, 'message must be non-empty if specified'));
  else if (/[\n\r]/.test(message?.trim() ?? ''))
    causes.push(invalidValue(`${at}.message`, message, 'message must not contain line breaks'));
  return [...causes, ...among(`${at}.reason`, reason, reasons)];
}

function validateAnnotation({ key, valueExpression }: AuditAnnotation, name: string, at: string): StatusCause[] {
  const causes = name
    ? named(`${at}.key`, `${name}/${key}`, labelKey)
    : [invalidValue(`${at}.key`, key, 'requires metadata.name be non-empty')];
  const field = `${at}.valueExpression`;
  const text = valueExpression.trim();
  if (text === '') causes.push(required(field, 'valueExpression is not specified'));
  else if (Buffer.byteLength(text) > annotationMaxBytes)
    causes.push(required(field, `must not exceed ${annotationMaxBytes} bytes in length`));
  return causes;
}

/** Causes against a mutating policy. */
export function validateMutatingPolicy({ spec = {} }: MutatingAdmissionPolicy): StatusCause[] {
  const { mutations = [], reinvocationPolicy } = spec;
  return [
    ...validatePolicy(spec, validateMutatingMatch),
    ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, index) => validateMutation(mutation, `spec.mutations[${index}]`)),
    ...(reinvocationPolicy
      ? among('spec.reinvocationPolicy', reinvocationPolicy, reinvocationPolicies)
      : [required('spec.reinvocationPolicy')]),
  ];
}

const patchFields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

function validateMutation(mutation: Mutation, at: string): StatusCause[] {
  const { patchType } = mutation;
  if (!patchType) return [required(`${at}.patchType`)];
  const field = patchFields[patchType as keyof typeof patchFields] as 'applyConfiguration' | 'jsonPatch' | undefined;
  if (!field) return among(`${at}.patchType`, patchType, Object.keys(patchFields));
  const other = field === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const causes = mutation[other]
    ? [invalidValue(`${at}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`)]
    : [];
  if (!mutation[field]) causes.push(required(`${at}.${field}`, `must be specified when patchType is ${patchType}`));
  else if (!mutation[field].expression?.trim()) causes.push(required(`${at}.${field}.expression`));
  return causes;
}

interface PolicySpec {
  failurePolicy?: string;
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

function validatePolicy(
  { failurePolicy, paramKind, matchConstraints, ...spec }: PolicySpec,
  matchRule: typeof validateMatch,
): StatusCause[] {
  const at = 'spec.matchConstraints';
  const { matchConditions = [], variables = [] } = spec;
  return [
    ...(failurePolicy === undefined
      ? [required('spec.failurePolicy')]
      : among('spec.failurePolicy', failurePolicy, failurePolicies)),
    ...(paramKind ? validateParamKind(paramKind, 'spec.paramKind') : []),
    ...(matchConstraints ? matchRule(matchConstraints, at) : [required(at)]),
    ...(matchConstraints && !matchConstraints.resourceRules?.length ? [required(`${at}.resourceRules`)] : []),
    ...validateConditions(matchConditions, 'spec.matchConditions'),
    ...variables.flatMap((variable, index) => validateVariable(variable, `spec.variables[${index}]`)),
  ];
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, at: string): StatusCause[] {
  return [
    ...validateGroupVersion(apiVersion, `${at}.apiVersion`),
    ...(kind === '' ? [required(`${at}.kind`)] : validateKind(kind, `${at}.kind`)),
  ];
}

function validateGroupVersion(apiVersion: string, field: string): StatusCause[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) return [invalidValue(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const joined = (value: string, errors: string[]): StatusCause[] =>
    errors.length > 0 ? [invalidValue(field, value, errors.join(','))] : [];
  return [
    ...(group === '' ? [] : joined(group, dns1123Subdomain(group))),
    ...(version === ''
      ? [invalidValue(field, apiVersion, 'version must be specified')]
      : joined(version, dns1035Label(version))),
  ];
}

function validateKind(kind: string, field: string): StatusCause[] {
  const errors = dns1035Label(kind.toLowerCase());
  if (errors.length === 0) return [];
  return [invalidValue(field, kind, `may have mixed case, but should otherwise match: ${errors.join(',')}`)];
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

function validateVariable({ name, expression }: Variable, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (name.trim() === '') causes.push(required(`${at}.name`, 'name is not specified'));
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reserved.has(name))
    causes.push(invalidValue(`${at}.name`, name, 'must be a valid CEL identifier'));
  if (expression.trim() === '') causes.push(required(`${at}.expression`, 'expression is not specified'));
  return causes;
}
