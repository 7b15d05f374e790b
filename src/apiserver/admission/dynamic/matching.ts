// Is a request one that a webhook or a policy asked for? Rules, namespaces, labels, and other versions of the same resource.
// Source: apiserver/pkg/admission/plugin/webhook/predicates and /policy/matching.

import type { KubeObject, LabelSelector } from '../../../apimachinery/meta.ts';
import { matchesLabelSelector } from '../../../apimachinery/selectors.ts';
import type { RuleWithOperations } from '../../../apis/admissionregistration/generated/v1.ts';
import type { Namespace } from '../../../apis/core/generated/v1.ts';
import { cachedObject } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';

export interface MatchCriteria {
  rules?: (RuleWithOperations & { resourceNames?: string[] })[] | undefined;
  excludeRules?: (RuleWithOperations & { resourceNames?: string[] })[] | undefined;
  namespaceSelector?: LabelSelector | undefined;
  objectSelector?: LabelSelector | undefined;
  /** `Equivalent` unless told otherwise. */
  matchPolicy?: string | undefined;
}

const registrationGroup = 'admissionregistration.k8s.io';
const exempt = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** Who could stop the objects that say who may stop what could never be stopped: they are left out. */
export function isExempt({ operation }: AdmissionRequest): boolean {
  const { group, plural } = operation.entry.definition.resource;
  return group === registrationGroup && exempt.has(plural);
}

/** The version of the resource that matches: the request's own, or an equivalent one; undefined if none does. */
export function matchedEntry(request: AdmissionRequest, criteria: MatchCriteria): CatalogueEntry | undefined {
  const { entry, catalogue } = request.operation;
  if (!selectsNamespace(request, criteria.namespaceSelector) || !selectsObject(request, criteria.objectSelector))
    return undefined;
  if (criteria.excludeRules?.some((rule) => matchesRule(request, entry, rule))) return undefined;
  const { rules } = criteria;
  if (!rules) return entry;
  const matches = (candidate: CatalogueEntry): boolean => rules.some((rule) => matchesRule(request, candidate, rule));
  if (matches(entry)) return entry;
  if (criteria.matchPolicy === 'Exact') return undefined;
  const { group, plural } = entry.definition.resource;
  return catalogue.entries.find(
    (other) =>
      other.definition.resource.group === group && other.definition.resource.plural === plural && matches(other),
  );
}

function matchesRule(
  { verb, operation, object, old }: AdmissionRequest,
  entry: CatalogueEntry,
  rule: RuleWithOperations & { resourceNames?: string[] },
): boolean {
  const { resource } = entry.definition;
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope = '*', resourceNames = [] } = rule;
  const has = (list: string[], value: string): boolean => list.includes('*') || list.includes(value);
  const isScoped =
    scope === '*' || (scope === 'Namespaced') === (resource.namespaced || entry.groupResource === 'namespaces');
  const name = (object ?? old)?.metadata.name ?? operation.info.name;
  return (
    has(operations, verb) &&
    has(apiGroups, resource.group) &&
    has(apiVersions, resource.version) &&
    isScoped &&
    (resourceNames.length === 0 || resourceNames.includes(name)) &&
    resources.some((pattern) => matchesResource(pattern, resource.plural, operation.info.subresource))
  );
}

/** A pattern names a resource or all, with one subresource, any, or none: `pods`, `pods/status`. */
function matchesResource(pattern: string, plural: string, subresource: string): boolean {
  const [resource, sub = ''] = pattern.split('/');
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
}

/** The namespace of the request; the object itself where that is a namespace. */
export function namespaceOf({ operation, object, old }: AdmissionRequest): Namespace | undefined {
  const { entry, info } = operation;
  if (entry.groupResource === 'namespaces') return object ?? old;
  const namespace = (object ?? old)?.metadata.namespace ?? info.namespace;
  return cachedObject<Namespace>(operation, { group: '', plural: 'namespaces', key: namespace });
}

function selectsNamespace(request: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (isEmpty(selector)) return true;
  const { entry } = request.operation;
  // Objects outside of namespaces are in nobody's selection to lose.
  if (!entry.definition.resource.namespaced && entry.groupResource !== 'namespaces') return true;
  return matchesLabelSelector(selector, namespaceOf(request)?.metadata.labels);
}

function selectsObject({ object, old }: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (isEmpty(selector)) return true;
  const isSelected = (each: KubeObject | undefined): boolean =>
    each !== undefined && matchesLabelSelector(selector, each.metadata.labels);
  return isSelected(object) || isSelected(old);
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  return (
    !selector ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
