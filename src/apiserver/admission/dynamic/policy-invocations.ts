// Which policies have a say in a request, by which bindings and with which parameters?
// Source: apiserver/pkg/admission/plugin/policy/generic.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import { matchesSelector, selectorOf } from '../../../apimachinery/selectors.ts';
import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  Variable,
} from '../../../apis/admissionregistration/generated/v1.ts';
import { cachedObjects } from '../../registry/cached-objects.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import { type MatchCriteria, matchedEntry, namespaceNameOf } from './matching.ts';

const group = 'admissionregistration.k8s.io';

/** What validating and mutating policies have in common. */
export interface PolicySpec {
  failurePolicy?: string;
  matchConditions?: MatchCondition[];
  matchConstraints?: MatchResources;
  paramKind?: ParamKind;
  variables?: Variable[];
}

export interface PolicyLike extends KubeObject {
  spec?: PolicySpec;
}

export interface BindingLike extends KubeObject {
  spec?: { policyName?: string; matchResources?: MatchResources; paramRef?: ParamRef };
}

export type Invocation<Policy, Binding> =
  | { policy: Policy; binding: Binding; entry: CatalogueEntry; params: (KubeObject | null)[] }
  /** A policy, or its binding, that can't be asked. */
  | { policy: Policy; binding: Binding | undefined; problem: string };

/** In the order of the policies' names, then of the bindings'. */
export function* invocationsOf<Policy extends PolicyLike, Binding extends BindingLike>(
  request: AdmissionRequest,
  { policies, bindings }: { policies: string; bindings: string },
): Generator<Invocation<Policy, Binding>> {
  const { operation } = request;
  const all = cachedObjects<Binding>(operation, { group, plural: bindings });
  for (const policy of cachedObjects<Policy>(operation, { group, plural: policies })) {
    const own = all.filter(({ spec }) => spec?.policyName === policy.metadata.name);
    const entry = own.length === 0 ? undefined : matchedEntry(request, criteriaOf(policy.spec?.matchConstraints));
    if (!entry) continue;
    const { paramKind } = policy.spec ?? {};
    const paramEntry = paramKind && entryOfKind(operation.catalogue.entries, paramKind);
    if (paramKind && !paramEntry) {
      const why = `failed to find resource referenced by paramKind: '${gvkText(paramKind)}'`;
      yield { policy, binding: undefined, problem: `failed to configure policy: ${why}` };
      continue;
    }
    for (const binding of own) {
      if (!matchedEntry(request, criteriaOf(binding.spec?.matchResources))) continue;
      const params = paramsOf(request, paramEntry, binding.spec?.paramRef);
      if (Array.isArray(params)) yield { policy, binding, entry, params };
      else yield { policy, binding, problem: `failed to configure binding: ${params.error}` };
    }
  }
}

function criteriaOf(match: MatchResources | undefined): MatchCriteria {
  const { resourceRules, excludeResourceRules, namespaceSelector, objectSelector, matchPolicy } = match ?? {};
  return {
    // A binding without rules is about all that its policy is about.
    rules: resourceRules?.length ? resourceRules : undefined,
    excludeRules: excludeResourceRules,
    namespaceSelector,
    objectSelector,
    matchPolicy,
  };
}

/** The objects that parametrize the policy; one null where it has none. */
function paramsOf(
  request: AdmissionRequest,
  entry: CatalogueEntry | undefined,
  reference: ParamRef | undefined,
): (KubeObject | null)[] | { error: string } {
  if (!entry || !reference) return [null];
  const { namespaced, plural, group: paramGroup } = entry.definition.resource;
  if (!namespaced && reference.namespace)
    return { error: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`' };
  const namespace = reference.namespace ?? namespaceNameOf(request);
  if (namespaced && namespace === '')
    return { error: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources' };
  const place = { group: paramGroup, plural, ...(namespaced && { namespace }) };
  const selector = reference.selector && selectorOf(reference.selector);
  const found = cachedObjects<KubeObject>(request.operation, place).filter(({ metadata }) =>
    selector ? matchesSelector(selector, metadata.labels) : metadata.name === reference.name,
  );
  if (found.length > 0 || reference.parameterNotFoundAction !== 'Deny') return found;
  return { error: 'no params found for policy binding with `Deny` parameterNotFoundAction' };
}

/** The resource of a kind. */
export function entryOfKind(
  entries: readonly CatalogueEntry[],
  { apiVersion, kind }: ParamKind,
): CatalogueEntry | undefined {
  return entries.find((entry) => entry.apiVersion === apiVersion && entry.kind === kind);
}

/** `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod`. */
export function gvkText({ apiVersion = '', kind = '' }: ParamKind): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
