// Which wishes of a pod about its place are refused? Affinities and spreading.
// Source: pkg/apis/core/validation validateAffinity and validateTopologySpreadConstraints.

import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import {
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  labelValue,
  validateLabelSelector,
} from '../../apimachinery/validation.ts';
import { listed, named } from '../field-rules.ts';
import type {
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  PreferredSchedulingTerm,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from './generated/v1.ts';

const actions = ['DoNotSchedule', 'ScheduleAnyway'];

/** Causes against the affinity and the spreading of a pod. */
export function validatePlacement(
  { affinity = {}, topologySpreadConstraints = [] }: PodSpec,
  path: string,
): StatusCause[] {
  const at = `${path}.affinity`;
  const causes = affinity.nodeAffinity ? nodeAffinityCauses(affinity.nodeAffinity, `${at}.nodeAffinity`) : [];
  for (const name of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity[name]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [index, term] of terms.entries())
      causes.push(...podTermCauses(term, `${at}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`));
    const preferred = affinity[name]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    // The body is the client's: what the types promise may be absent.
    for (const [index, { weight = 0, podAffinityTerm = {} }] of (
      preferred as Partial<WeightedPodAffinityTerm>[]
    ).entries()) {
      const field = `${at}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      causes.push(
        ...weightCauses(weight, `${field}.weight`),
        ...podTermCauses(podAffinityTerm, `${field}.podAffinityTerm`),
      );
    }
  }
  return [...causes, ...spreadCauses(topologySpreadConstraints, `${path}.topologySpreadConstraints`)];
}

function nodeAffinityCauses(affinity: NodeAffinity, at: string): StatusCause[] {
  const wanted = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  const causes = wanted ? validateNodeSelector(wanted, `${at}.requiredDuringSchedulingIgnoredDuringExecution`) : [];
  const preferred: Partial<PreferredSchedulingTerm>[] = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, term] of preferred.entries()) {
    const field = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    causes.push(...weightCauses(term.weight ?? 0, `${field}.weight`));
    // A wish that no node can grant does no harm, so its values are not looked at.
    causes.push(...termCauses(term.preference ?? {}, { at: `${field}.preference`, checksValues: false }));
  }
  return causes;
}

/** Causes against the nodes that something must be on. */
export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, at: string): StatusCause[] {
  if (!nodeSelectorTerms?.length)
    return [required(`${at}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, index) =>
    termCauses(term, { at: `${at}.nodeSelectorTerms[${index}]`, checksValues: true }),
  );
}

interface TermPlace {
  at: string;
  checksValues: boolean;
}

function termCauses(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { at, checksValues }: TermPlace,
): StatusCause[] {
  return [
    ...matchExpressions.flatMap((each, index) =>
      expressionCauses(each, { at: `${at}.matchExpressions[${index}]`, checksValues }),
    ),
    ...matchFields.flatMap((each, index) => fieldCauses(each, `${at}.matchFields[${index}]`)),
  ];
}

/** The only field is the node's name. */
function fieldCauses({ key = '', operator = '', values = [] }: Partial<NodeSelectorRequirement>, at: string) {
  const causes: StatusCause[] = [];
  if (operator !== 'In' && operator !== 'NotIn')
    causes.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    causes.push(required(`${at}.values`, why));
  }
  if (key !== 'metadata.name') return [...causes, invalidValue(`${at}.key`, key, 'not a valid field selector key')];
  return [...causes, ...values.flatMap((value, index) => named(`${at}.values[${index}]`, value, dns1123Subdomain))];
}

function expressionCauses(
  { key = '', operator = '', values = [] }: Partial<NodeSelectorRequirement>,
  { at, checksValues }: TermPlace,
): StatusCause[] {
  const causes: StatusCause[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        causes.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        causes.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        causes.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      causes.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  }
  causes.push(...named(`${at}.key`, key, labelKey));
  if (!checksValues) return causes;
  return [...causes, ...values.flatMap((value, index) => named(`${at}.values[${index}]`, value, labelValue))];
}

function podTermCauses(term: Partial<PodAffinityTerm>, at: string): StatusCause[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term;
  const causes = labelSelector ? validateLabelSelector(labelSelector, `${at}.labelSelector`) : [];
  if (namespaceSelector) causes.push(...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`));
  for (const name of namespaces) causes.push(...named(`${at}.namespace`, name, dns1123Label));
  causes.push(...labelKeysCauses(term, at));
  if (!topologyKey) causes.push(required(`${at}.topologyKey`, 'can not be empty'));
  return [...causes, ...named(`${at}.topologyKey`, topologyKey, labelKey)];
}

/** Keys whose values at the incoming pod choose, or spare, other pods. */
function labelKeysCauses(
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: Partial<PodAffinityTerm>,
  at: string,
): StatusCause[] {
  const causes = Object.entries({ matchLabelKeys, mismatchLabelKeys }).flatMap(([field, keys]) => {
    if (keys.length === 0) return [];
    if (!labelSelector) return [forbidden(`${at}.${field}`, 'must not be specified when labelSelector is not set')];
    return keys.flatMap((key, index) => named(`${at}.${field}[${index}]`, key, labelKey));
  });
  // The API server adds an expression for each key; the key in another one is the client's.
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const index = matchLabelKeys.lastIndexOf(key);
    if (index >= 0 && seen.has(key))
      causes.push(invalidValue(`${at}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
    seen.add(key);
  }
  for (const [index, key] of matchLabelKeys.entries())
    if (mismatchLabelKeys.includes(key))
      causes.push(
        invalidValue(`${at}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
      );
  return causes;
}

function weightCauses(weight: number, field: string): StatusCause[] {
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(field, weight, 'must be in the range 1-100')];
}

function spreadCauses(constraints: Partial<TopologySpreadConstraint>[], path: string): StatusCause[] {
  return constraints.flatMap((constraint, index) => {
    const at = `${path}[${index}]`;
    const { maxSkew = 0, topologyKey, whenUnsatisfiable = '', minDomains, labelSelector } = constraint;
    const causes: StatusCause[] = [];
    if (maxSkew <= 0) causes.push(invalidValue(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) causes.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!actions.includes(whenUnsatisfiable))
      causes.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions));
    const isRepeated = constraints
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (isRepeated)
      causes.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    if (minDomains !== undefined && minDomains <= 0)
      causes.push(invalidValue(`${at}.minDomains`, minDomains, 'must be greater than zero'));
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      causes.push(invalidValue(`${at}.minDomains`, minDomains, why));
    }
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
      causes.push(...listed(`${at}.${policy}`, constraint[policy], ['Honor', 'Ignore']));
    causes.push(...spreadKeysCauses(constraint, `${at}.matchLabelKeys`));
    return labelSelector ? [...causes, ...validateLabelSelector(labelSelector, `${at}.labelSelector`)] : causes;
  });
}

function spreadKeysCauses(
  { matchLabelKeys = [], labelSelector }: Partial<TopologySpreadConstraint>,
  path: string,
): StatusCause[] {
  if (matchLabelKeys.length === 0) return [];
  const causes = labelSelector ? [] : [forbidden(path, 'must not be specified when labelSelector is not set')];
  const { matchLabels = {}, matchExpressions = [] } = labelSelector ?? {};
  const selected = new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)]);
  for (const [index, key] of matchLabelKeys.entries()) {
    causes.push(...named(`${path}[${index}]`, key, labelKey));
    if (selected.has(key))
      causes.push(invalidValue(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
  }
  return causes;
}
