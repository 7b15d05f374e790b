// Which resource quotas are refused? Source: pkg/apis/core/validation ValidateResourceQuota and its kin.

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import { asSent } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from './generated/v1.ts';
import { type ResourceList, validateAmountOf } from './resource-list.ts';
import { isQuotaName, validateQuotaResourceName } from './resource-names.ts';

const podCompute = new Set(['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']);
const pods = new Set(['pods']);
const storage = new Set(['persistentvolumeclaims', 'requests.storage']);
/** Which of the resources without a prefix a scope can bound. */
const scopes: Record<string, ReadonlySet<string>> = {
  Terminating: podCompute,
  NotTerminating: podCompute,
  BestEffort: pods,
  NotBestEffort: podCompute,
  PriorityClass: podCompute,
  CrossNamespacePodAffinity: podCompute,
  VolumeAttributesClass: storage,
};
/** Scopes that an object is in or not, whatever its values. */
const plainScopes = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];
const existsMessage =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** Causes against a quota. */
export function validateQuota({ spec = {} }: ResourceQuota): StatusCause[] {
  return [...amountCauses(spec.hard ?? {}, 'spec.hard'), ...scopeCauses(spec), ...selectorCauses(spec)];
}

/** Causes against an update: what is counted stays the same. */
export function validateQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): StatusCause[] {
  const causes = validateQuota(quota);
  const [now, before] = [new Set(quota.spec?.scopes), new Set(old.spec?.scopes)];
  const isSame = now.size === before.size && [...now].every((scope) => before.has(scope));
  return isSame
    ? causes
    : [...causes, invalidValue('spec.scopes', quota.spec && asSent(quota.spec, 'scopes'), 'field is immutable')];
}

/** Causes against what is said to be used. */
export function validateQuotaStatus({ status = {} }: ResourceQuota): StatusCause[] {
  return [...amountCauses(status.hard ?? {}, 'status.hard'), ...amountCauses(status.used ?? {}, 'status.used')];
}

function amountCauses(amounts: ResourceList, path: string): StatusCause[] {
  return Object.entries(amounts).flatMap(([name, amount]) => [
    ...validateQuotaResourceName(name, `${path}[${name}]`),
    ...validateAmountOf(name, amount, `${path}[${name}]`),
  ]);
}

/** Resources that a quota of this scope can't bound. */
function foreignTo(scope: string, { hard = {} }: ResourceQuotaSpec): string[] {
  const bounded = scopes[scope];
  if (!bounded) return [];
  return Object.keys(hard).filter((name) => isQuotaName(name) && !bounded.has(name));
}

function conflictCauses(named: readonly string[], field: string, value: unknown): StatusCause[] {
  return conflicts
    .filter((pair) => pair.every((scope) => named.includes(scope)))
    .map(() => invalidValue(field, value, 'conflicting scopes'));
}

function scopeCauses(spec: ResourceQuotaSpec): StatusCause[] {
  const { scopes: all = [] } = spec;
  const field = 'spec.scopes';
  const causes = all.flatMap((scope) => [
    ...(Object.hasOwn(scopes, scope) ? [] : [invalidValue(field, all, 'unsupported scope')]),
    ...foreignTo(scope, spec).map(() => invalidValue(field, all, 'unsupported scope applied to resource')),
  ]);
  return [...causes, ...conflictCauses(all, field, all)];
}

function selectorCauses(spec: ResourceQuotaSpec): StatusCause[] {
  const { scopeSelector: selector } = spec;
  if (!selector) return [];
  const field = 'spec.scopeSelector.matchExpressions';
  const requirements: Partial<ScopedResourceSelectorRequirement>[] = selector.matchExpressions ?? [];
  const causes = requirements.flatMap((each) => requirementCauses(each, { field, spec }));
  const named = requirements.map(({ scopeName = '' }) => scopeName);
  return [...causes, ...conflictCauses(named, field, spec.scopes ?? null)];
}

function requirementCauses(
  { scopeName = '', operator = '', values = [] }: Partial<ScopedResourceSelectorRequirement>,
  { field, spec }: { field: string; spec: ResourceQuotaSpec },
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!Object.hasOwn(scopes, scopeName))
    causes.push(invalidValue(`${field}.scopeName`, scopeName, 'unsupported scope'));
  for (const _ of foreignTo(scopeName, spec))
    causes.push(invalidValue(field, spec.scopeSelector, 'unsupported scope applied to resource'));
  if (plainScopes.includes(scopeName) && operator !== 'Exists')
    causes.push(invalidValue(`${field}.operator`, operator, existsMessage));
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) causes.push(required(`${field}.values`, why));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) causes.push(invalidValue(`${field}.values`, values, why));
  } else causes.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'));
  return causes;
}
