// Which admission policies and bindings are refused, beside what their expressions say?
// Upstream's pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { named, oneOf } from '../field-rules.ts';
import type {
  MatchCondition,
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './generated/v1.ts';

const emptyMessage = 'validations or auditAnnotations must contain at least one item';
const bothActions =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

/** Causes against a validating policy. */
export function validateValidatingPolicy({ spec }: ValidatingAdmissionPolicy): StatusCause[] {
  if (!spec) return [required('spec')];
  const { validations = [], auditAnnotations = [] } = spec;
  const causes = validatePolicy(spec);
  if (validations.length + auditAnnotations.length === 0) {
    causes.push(required('spec.validations', emptyMessage), required('spec.auditAnnotations', emptyMessage));
  }
  for (const [index, { expression }] of validations.entries()) {
    if (!expression?.trim())
      causes.push(required(`spec.validations[${index}].expression`, 'expression is not specified'));
  }
  return causes;
}

/** Causes against a mutating policy. */
export function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes = validatePolicy(spec);
  if (!spec.mutations?.length) {
    causes.push(required('spec.mutations', 'mutations must contain at least one item'));
  }
  for (const [index, { patchType }] of (spec.mutations ?? []).entries()) {
    const at = `spec.mutations[${index}].patchType`;
    causes.push(...(patchType ? oneOf(at, patchType, ['ApplyConfiguration', 'JSONPatch']) : [required(at)]));
  }
  return [...causes, ...oneOf('spec.reinvocationPolicy', spec.reinvocationPolicy, ['IfNeeded', 'Never'])];
}

interface PolicySpec {
  failurePolicy?: string;
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  matchConditions?: MatchCondition[];
}

function validatePolicy({
  failurePolicy,
  paramKind,
  matchConstraints,
  matchConditions = [],
}: PolicySpec): StatusCause[] {
  const causes = failurePolicy ? [] : [required('spec.failurePolicy')];
  causes.push(...oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']));
  if (paramKind && !paramKind.apiVersion) causes.push(required('spec.paramKind.apiVersion'));
  if (paramKind && !paramKind.kind) causes.push(required('spec.paramKind.kind'));
  if (!matchConstraints) causes.push(required('spec.matchConstraints'));
  else if (!matchConstraints.resourceRules?.length) causes.push(required('spec.matchConstraints.resourceRules'));
  const names = new Set<string>();
  for (const [index, { name, expression }] of matchConditions.entries()) {
    const at = `spec.matchConditions[${index}]`;
    if (!expression.trim()) causes.push(required(`${at}.expression`));
    causes.push(...(name ? named(`${at}.name`, name, labelKey) : [required(`${at}.name`)]));
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
  }
  return causes;
}

/** Causes against the binding of a validating policy. */
export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): StatusCause[] {
  if (!spec) return [required('spec')];
  const at = 'spec.validationActions';
  const actions = spec.validationActions ?? [];
  const causes = validateBinding(spec);
  if (actions.length === 0) causes.push(required(at, 'at least one validation action is required'));
  for (const [index, action] of actions.entries()) {
    causes.push(...oneOf(`${at}[${index}]`, action, ['Audit', 'Deny', 'Warn']));
    if (actions.indexOf(action) < index) causes.push(duplicate(`${at}[${index}]`, action));
  }
  if (actions.includes('Deny') && actions.includes('Warn')) causes.push(invalidValue(at, actions, bothActions));
  return causes;
}

/** Causes against the binding of a mutating policy. */
export function validateMutatingBinding({ spec = {} }: MutatingAdmissionPolicyBinding): StatusCause[] {
  return validateBinding(spec);
}

function validateBinding({ policyName, paramRef }: { policyName?: string; paramRef?: ParamRef }): StatusCause[] {
  const at = 'spec.policyName';
  const causes = policyName ? named(at, policyName, dns1123Subdomain) : [required(at)];
  if (!paramRef) return causes;
  const { name, selector, parameterNotFoundAction: action } = paramRef;
  if (name && selector) {
    causes.push({
      reason: 'FieldValueForbidden',
      field: 'spec.paramRef.name',
      message: 'Forbidden: name and selector are mutually exclusive',
    });
  }
  if (!name && !selector) causes.push(required('spec.paramRef', 'one of name or selector must be specified'));
  if (!action) causes.push(required('spec.paramRef.parameterNotFoundAction'));
  return [...causes, ...oneOf('spec.paramRef.parameterNotFoundAction', action, ['Allow', 'Deny'])];
}
