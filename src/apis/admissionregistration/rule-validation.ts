// Which requests may a webhook or policy ask for? Source: validateRuleWithOperations and validateMatchResources of
// upstream's pkg/apis/admissionregistration/validation.

import { duplicate, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { pathSegment, validateLabelSelector } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { MatchResources, NamedRuleWithOperations, RuleWithOperations } from './generated/v1.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];
export const reinvocationPolicies = ['IfNeeded', 'Never'];

/** A value out of a fixed set; only an absent one passes beside them. */
export function among(field: string, value: string | undefined, supported: readonly string[]): StatusCause[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** Causes against one rule. */
export function validateRule(rule: RuleWithOperations, at: string): StatusCause[] {
  const { apiVersions = [], resources = [], scope } = rule;
  return [
    ...validateWords(rule.operations, `${at}.operations`, 'operations'),
    ...(rule.operations ?? []).flatMap((each, index) => among(`${at}.operations[${index}]`, each, operations)),
    ...validateWords(rule.apiGroups, `${at}.apiGroups`, 'API groups'),
    ...validateWords(apiVersions, `${at}.apiVersions`, 'API versions'),
    ...apiVersions.flatMap((version, index) => (version === '' ? [required(`${at}.apiVersions[${index}]`)] : [])),
    ...validateResources(resources, `${at}.resources`),
    ...among(`${at}.scope`, scope, scopes),
  ];
}

function validateWords(words: readonly string[] | undefined, field: string, what: string): StatusCause[] {
  if (!words?.length) return [required(field)];
  if (words.length === 1 || !words.includes('*')) return [];
  return [invalidValue(field, words, `if '*' is present, must not specify other ${what}`)];
}

/** `pods`, `pods/status`, `pods/*` and the like, of which none may say what another says already. */
function validateResources(resources: readonly string[], field: string): StatusCause[] {
  if (resources.length === 0) return [required(field)];
  const causes: StatusCause[] = [];
  const [ofAllParts, inAllResources] = [new Set<string>(), new Set<string>()];
  for (const [index, text] of resources.entries()) {
    const at = `${field}[${index}]`;
    if (text === '') causes.push(required(at));
    const [resource = '', ...rest] = text.split('/');
    if (rest.length === 0) continue;
    const part = rest.join('/');
    const refuse = (present: string): number =>
      causes.push(invalidValue(at, text, `if '${present}' is present, must not specify ${text}`));
    if (ofAllParts.has(resource)) refuse(`${resource}/*`);
    if (inAllResources.has(part)) refuse(`*/${part}`);
    if (part === '*') ofAllParts.add(resource);
    if (resource === '*') inAllResources.add(part);
  }
  if (resources.length > 1 && resources.includes('*/*'))
    causes.push(invalidValue(field, resources, "if '*/*' is present, must not specify other resources"));
  // Upstream asks only the last of those without a subresource.
  const last = resources.findLast((text) => text !== '' && !text.includes('/'));
  if (resources.includes('*') && last !== undefined && last !== '*') {
    const why = "if '*' is present, must not specify other resources without subresources";
    causes.push(invalidValue(field, resources, why));
  }
  return causes;
}

/** Causes against what a policy or a binding is about. */
export function validateMatch(match: MatchResources | undefined, at: string): StatusCause[] {
  if (!match) return [];
  const { matchPolicy, namespaceSelector = {}, objectSelector = {}, resourceRules, excludeResourceRules } = match;
  const rules = (list: NamedRuleWithOperations[] = [], name: string): StatusCause[] =>
    list.flatMap((rule, index) => validateNamedRule(rule, `${at}.${name}[${index}]`));
  return [
    ...among(`${at}.matchPolicy`, matchPolicy, matchPolicies),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(objectSelector, `${at}.objectSelector`),
    ...rules(resourceRules, 'resourceRules'),
    ...rules(excludeResourceRules, 'excludeResourceRules'),
  ];
}

const mutableOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** Causes against what a mutating policy or its binding is about: what is deleted can't be changed. */
export function validateMutatingMatch(match: MatchResources | undefined, at: string): StatusCause[] {
  const asked = (match?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  return [
    ...validateMatch(match, at),
    ...asked.flatMap((each) => among(`${at}.resourceRules.operations`, each, mutableOperations)),
  ];
}

function validateNamedRule(rule: NamedRuleWithOperations, at: string): StatusCause[] {
  const names = rule.resourceNames ?? [];
  const causes = names.flatMap((name, index) => {
    const field = `${at}.resourceNames[${index}]`;
    return [...named(field, name, pathSegment), ...(names.indexOf(name) < index ? [duplicate(field, name)] : [])];
  });
  return [...causes, ...validateRule(rule, at)];
}
