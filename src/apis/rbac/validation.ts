// Which roles and bindings are refused, and what of them is filled in? Upstream's pkg/apis/rbac.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, pathSegment, validateLabelSelector } from '../../apimachinery/validation.ts';
import { inGo, named } from '../field-rules.ts';
import type { ClusterRole, PolicyRule, Role, RoleBinding, Subject } from './generated/v1.ts';

const group = 'rbac.authorization.k8s.io';

/** A RoleBinding or a ClusterRoleBinding. */
export type Binding = KubeObject & Pick<RoleBinding, 'roleRef' | 'subjects'>;

/** Causes against a role. */
export function validateRole({ rules }: Role): StatusCause[] {
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, { at: `rules[${index}]`, isNamespaced: true }));
}

/** Causes against a cluster role. */
export function validateClusterRole({ rules, aggregationRule }: ClusterRole): StatusCause[] {
  const causes = (rules ?? []).flatMap((rule, index) =>
    validateRule(rule, { at: `rules[${index}]`, isNamespaced: false }),
  );
  if (!aggregationRule) return causes;
  const at = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    causes.push(required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  for (const [index, selector] of selectors.entries()) {
    const found = validateLabelSelector(selector, `${at}[${index}]`);
    // The selector that could not be made of it is null.
    if (found.length > 0) found.push(invalidValue(`${at}[${index}]`, null, 'invalid label selector.'));
    causes.push(...found);
  }
  return causes;
}

function validateRule(rule: PolicyRule, { at, isNamespaced }: { at: string; isNamespaced: boolean }): StatusCause[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const causes: StatusCause[] = [];
  if (verbs.length === 0) causes.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const urls = `${at}.nonResourceURLs`;
    if (isNamespaced) {
      causes.push(invalidValue(urls, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      causes.push(invalidValue(urls, nonResourceURLs, why));
    }
    return causes;
  }
  if (apiGroups.length === 0) {
    causes.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    causes.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  }
  return causes;
}

/** Fills in the API groups of the role and the subjects. */
export function defaultBinding({ roleRef, subjects }: Binding): void {
  if (roleRef) roleRef.apiGroup ||= group;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= group;
  }
}

/** Causes against a binding. */
export function validateBinding(
  { roleRef, subjects }: Binding,
  { isNamespaced }: { isNamespaced: boolean },
): StatusCause[] {
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const causes: StatusCause[] = [];
  if (roleRef.apiGroup !== group) causes.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [group]));
  if (!kinds.includes(roleRef.kind)) causes.push(notSupported('roleRef.kind', roleRef.kind ?? '', kinds));
  if (!roleRef.name) causes.push(required('roleRef.name'));
  else causes.push(...named('roleRef.name', roleRef.name, pathSegment));
  return [
    ...causes,
    ...(subjects ?? []).flatMap((subject, index) =>
      validateSubject(subject, { at: `subjects[${index}]`, isNamespaced }),
    ),
  ];
}

function validateSubject(
  { kind, name, namespace, apiGroup }: Subject,
  { at, isNamespaced }: { at: string; isNamespaced: boolean },
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(`${at}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (name) causes.push(...named(`${at}.name`, name, dns1123Subdomain));
      if (apiGroup) causes.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
      if (!isNamespaced && !namespace) causes.push(required(`${at}.namespace`));
      return causes;
    case 'User':
    case 'Group':
      if (apiGroup !== group) causes.push(notSupported(`${at}.apiGroup`, apiGroup ?? '', [group]));
      return causes;
    default:
      return [...causes, notSupported(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])];
  }
}

/** Causes against an update of a binding: whom it is for may change, what it gives may not. */
export function validateBindingUpdate(binding: Binding, old: Binding, scope: { isNamespaced: boolean }): StatusCause[] {
  const causes = validateBinding(binding, scope);
  const { apiGroup, kind, name } = old.roleRef;
  const { roleRef } = binding;
  if (roleRef.apiGroup === apiGroup && roleRef.kind === kind && roleRef.name === name) return causes;
  const shown = inGo(roleRef, { apiGroup: 'APIGroup', kind: 'Kind', name: 'Name' });
  return [...causes, invalidValue('roleRef', shown, 'cannot change roleRef')];
}
