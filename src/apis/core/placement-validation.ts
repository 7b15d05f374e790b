// Which wishes of a pod about its place are refused? Affinities and spreading.
// Source: pkg/apis/core/validation validateAffinity and validateTopologySpreadConstraints.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey, validateLabelSelector } from '../../apimachinery/validation.ts';
import { oneOf } from '../field-rules.ts';
import type {
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  PodAffinityTerm,
  PodSpec,
  PreferredSchedulingTerm,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from './generated/v1.ts';

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
  const causes = wanted ? nodeSelectorCauses(wanted, `${at}.requiredDuringSchedulingIgnoredDuringExecution`) : [];
  const preferred: Partial<PreferredSchedulingTerm>[] = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, term] of preferred.entries()) {
    const field = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    causes.push(...weightCauses(term.weight ?? 0, `${field}.weight`));
    const { matchExpressions = [] } = term.preference ?? {};
    causes.push(
      ...matchExpressions.flatMap((each, i) => expressionCauses(each, `${field}.preference.matchExpressions[${i}]`)),
    );
  }
  return causes;
}

function nodeSelectorCauses({ nodeSelectorTerms }: NodeSelector, at: string): StatusCause[] {
  if (!nodeSelectorTerms?.length)
    return [required(`${at}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap(({ matchExpressions = [] }, index) =>
    matchExpressions.flatMap((each, i) =>
      expressionCauses(each, `${at}.nodeSelectorTerms[${index}].matchExpressions[${i}]`),
    ),
  );
}

function expressionCauses(
  { key = '', operator = '', values = [] }: Partial<NodeSelectorRequirement>,
  at: string,
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
  return [...causes, ...labelKey(key).map((message) => invalidValue(`${at}.key`, key, message))];
}

function podTermCauses({ labelSelector, topologyKey }: Partial<PodAffinityTerm>, at: string): StatusCause[] {
  const causes = labelSelector ? validateLabelSelector(labelSelector, `${at}.labelSelector`) : [];
  if (!topologyKey) return [...causes, required(`${at}.topologyKey`, 'can not be empty')];
  return [
    ...causes,
    ...labelKey(topologyKey).map((message) => invalidValue(`${at}.topologyKey`, topologyKey, message)),
  ];
}

function weightCauses(weight: number, field: string): StatusCause[] {
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(field, weight, 'must be in the range 1-100')];
}

function spreadCauses(constraints: Partial<TopologySpreadConstraint>[], path: string): StatusCause[] {
  return constraints.flatMap((constraint, index) => {
    const at = `${path}[${index}]`;
    const { maxSkew = 0, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const causes: StatusCause[] = [];
    if (maxSkew <= 0) causes.push(invalidValue(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (!topologyKey) causes.push(required(`${at}.topologyKey`, 'can not be empty'));
    causes.push(...oneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
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
      causes.push(...oneOf(`${at}.${policy}`, constraint[policy], ['Honor', 'Ignore']));
    return labelSelector ? [...causes, ...validateLabelSelector(labelSelector, `${at}.labelSelector`)] : causes;
  });
}
