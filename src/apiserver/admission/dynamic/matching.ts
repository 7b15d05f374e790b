// Is a request one that a webhook or a policy asked for? Rules, namespaces, labels, and other versions of the same resource.
// Source: apiserver/pkg/admission/plugin/webhook/predicates and /policy/matching.

import type { KubeObject, LabelSelector } from '../../../apimachinery/meta.ts';
import { matchesLabelSelector } from '../../../apimachinery/selectors.ts';
import { notFound } from '../../../apimachinery/status-error.ts';
import type { RuleWithOperations } from '../../../apis/admissionregistration/generated/v1.ts';
import type { Namespace } from '../../../apis/core/generated/v1.ts';
import { cachedObject } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';

type Rule = RuleWithOperations & { resourceNames?: string[] };

export interface MatchCriteria {
  rules?: Rule[] | undefined;
  excludeRules?: Rule[] | undefined;
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

/** Name of what the request is about: bodies of subresources, and options, have none of their own, nor has a collection. */
export function nameOf({ object, old, operation }: AdmissionRequest): string {
  if (operation.info.verb === 'deletecollection') return '';
  const named: Partial<KubeObject> | undefined = object ?? old;
  return named?.metadata?.name ?? operation.info.name;
}

/** Namespace of the request; a Namespace is in itself. */
export function namespaceNameOf(request: AdmissionRequest): string {
  const { entry, info } = request.operation;
  if (entry.groupResource === 'namespaces') return request.isNameGenerated ? '' : nameOf(request);
  return entry.definition.resource.namespaced ? info.namespace : '';
}

/**
 * The version of the resource that matches: the request's own, or an equivalent one; undefined if none does. Throws
 * NotFound where the labels of a namespace decide that is not there.
 */
export function matchedEntry(request: AdmissionRequest, criteria: MatchCriteria): CatalogueEntry | undefined {
  if (!selectsNamespace(request, criteria.namespaceSelector) || !selectsObject(request, criteria.objectSelector))
    return undefined;
  const { rules, excludeRules = [], matchPolicy } = criteria;
  if (matchedByRules(request, excludeRules, matchPolicy)) return undefined;
  return rules ? matchedByRules(request, rules, matchPolicy) : request.operation.entry;
}

/** Earlier rules come first. */
function matchedByRules(
  request: AdmissionRequest,
  rules: readonly Rule[],
  matchPolicy: string | undefined,
): CatalogueEntry | undefined {
  const { entry, catalogue } = request.operation;
  if (rules.some((rule) => matchesRule(request, entry, rule))) return entry;
  if (matchPolicy === 'Exact' || rules.length === 0) return undefined;
  // What lies in one place is the same, also in another group.
  const others = catalogue.entries.filter(({ prefix }) => prefix === entry.prefix);
  for (const rule of rules) {
    const found = others.find((other) => matchesRule(request, other, rule));
    if (found) return found;
  }
  return undefined;
}

function matchesRule(request: AdmissionRequest, entry: CatalogueEntry, rule: Rule): boolean {
  const { verb, operation } = request;
  const { resource } = entry.definition;
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope = '*', resourceNames = [] } = rule;
  const has = (list: string[], value: string): boolean => list.includes('*') || list.includes(value);
  return (
    has(operations, verb) &&
    has(apiGroups, resource.group) &&
    has(apiVersions, resource.version) &&
    // Namespaces stand outside of themselves.
    (scope === '*' || (scope === 'Namespaced') === resource.namespaced) &&
    (resourceNames.length === 0 || resourceNames.includes(nameOf(request))) &&
    resources.some((pattern) => matchesResource(pattern, resource.plural, operation.info.subresource))
  );
}

/** A pattern names a resource or all, with one subresource, any, or none: `pods`, `pods/status`. */
function matchesResource(pattern: string, plural: string, subresource: string): boolean {
  const [resource, sub = ''] = pattern.split('/');
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
}

/** The namespace that the object of a request is in. */
export function namespaceOf(request: AdmissionRequest): Namespace | undefined {
  const { operation } = request;
  if (operation.entry.groupResource === 'namespaces') return undefined;
  const key = namespaceNameOf(request);
  return key === '' ? undefined : cachedObject<Namespace>(operation, { group: '', plural: 'namespaces', key });
}

/** A Namespace that is written has the labels that it is to get. */
function selectsNamespace(request: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (isEmpty(selector)) return true;
  const { operation, object, part } = request;
  const key = namespaceNameOf(request);
  // Objects outside of namespaces are in nobody's selection to lose.
  if (key === '' && operation.entry.groupResource !== 'namespaces') return true;
  if (operation.entry.groupResource === 'namespaces' && operation.info.subresource === '' && object && !part)
    return matchesLabelSelector(selector, object.metadata.labels);
  const namespace = cachedObject<Namespace>(operation, { group: '', plural: 'namespaces', key });
  if (!namespace) throw notFound('namespaces', key);
  return matchesLabelSelector(selector, namespace.metadata.labels);
}

function selectsObject({ object, old }: AdmissionRequest, selector: LabelSelector | undefined): boolean {
  if (isEmpty(selector)) return true;
  const isSelected = (each: Partial<KubeObject> | undefined): boolean =>
    each?.metadata !== undefined && matchesLabelSelector(selector, each.metadata.labels);
  return isSelected(object) || isSelected(old);
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  return (
    !selector ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
