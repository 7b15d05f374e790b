// Which bindings of admission policies are refused? Upstream's pkg/apis/admissionregistration/validation.

import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, pathSegment, validateLabelSelector } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type {
  MatchResources,
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
} from './generated/v1.ts';
import { among, validateMatch, validateMutatingMatch } from './rule-validation.ts';

const actions = ['Audit', 'Deny', 'Warn'];
const bothActions =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

/** Causes against the binding of a validating policy. */
export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): StatusCause[] {
  const at = 'spec.validationActions';
  const wanted = spec?.validationActions ?? [];
  const causes = validateBinding(spec ?? {}, validateMatch);
  for (const [index, action] of wanted.entries()) {
    causes.push(...among(`${at}[${index}]`, action, actions));
    if (wanted.indexOf(action) < index) causes.push(duplicate(`${at}[${index}]`, action));
  }
  if (wanted.includes('Deny') && wanted.includes('Warn')) causes.push(invalidValue(at, wanted, bothActions));
  if (wanted.length === 0) causes.push(required(at, 'at least one validation action is required'));
  return causes;
}

/** Causes against the binding of a mutating policy. */
export function validateMutatingBinding({ spec = {} }: MutatingAdmissionPolicyBinding): StatusCause[] {
  return validateBinding(spec, validateMutatingMatch);
}

interface BindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
}

function validateBinding(
  { policyName, paramRef, matchResources }: BindingSpec,
  matchRule: typeof validateMatch,
): StatusCause[] {
  const at = 'spec.policyName';
  return [
    ...(policyName ? named(at, policyName, dns1123Subdomain) : [required(at)]),
    ...(paramRef ? validateParamRef(paramRef, 'spec.paramRef') : []),
    ...matchRule(matchResources, 'spec.matchResources'),
  ];
}

const notFoundActions = ['Deny', 'Allow'];

function validateParamRef({ name, selector, parameterNotFoundAction: action }: ParamRef, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const exclusive = 'name and selector are mutually exclusive';
  if (name) causes.push(...named(`${at}.name`, name, pathSegment));
  if (name && selector) causes.push(forbidden(`${at}.name`, exclusive));
  if (selector) causes.push(...validateLabelSelector(selector, `${at}.selector`));
  if (name && selector) causes.push(forbidden(`${at}.selector`, exclusive));
  if (!name && !selector) causes.push(required(at, 'one of name or selector must be specified'));
  if (!action) causes.push(required(`${at}.parameterNotFoundAction`));
  else if (!notFoundActions.includes(action))
    causes.push(notSupported(`${at}.parameterNotFoundAction`, action, notFoundActions));
  return causes;
}
