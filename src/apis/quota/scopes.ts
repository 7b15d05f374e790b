// Which objects does a quota count? Those within all of its scopes. Source: pkg/quota/v1/evaluator/core.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type {
  PersistentVolumeClaim,
  Pod,
  PodAffinityTerm,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
} from '../core/generated/v1.ts';
import { qosClassOf } from '../core/pod-admission.ts';

/** Is the object within the quota's scopes? Kinds without scopes are only within quotas without any. */
export function isInScope({ spec }: ResourceQuota, groupResource: string, object: KubeObject): boolean {
  const requirements: ScopedResourceSelectorRequirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return requirements.every((each) => {
    if (groupResource === 'pods') return podMatches(each, object);
    return groupResource === 'persistentvolumeclaims' && claimMatches(each, object);
  });
}

function podMatches({ scopeName, operator, values }: ScopedResourceSelectorRequirement, { spec }: Pod): boolean {
  if (!spec) return false;
  switch (scopeName) {
    case 'Terminating':
      return (spec.activeDeadlineSeconds ?? -1) >= 0;
    case 'NotTerminating':
      return (spec.activeDeadlineSeconds ?? -1) < 0;
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return selects(operator, values, spec.priorityClassName ? [spec.priorityClassName] : []);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(spec).some(
        ({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector,
      );
    default:
      return false;
  }
}

function claimMatches(
  { scopeName, operator, values }: ScopedResourceSelectorRequirement,
  claim: PersistentVolumeClaim,
): boolean {
  if (scopeName !== 'VolumeAttributesClass') return false;
  const names = [
    claim.spec?.volumeAttributesClassName,
    claim.status?.currentVolumeAttributesClassName,
    claim.status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== '');
  return selects(operator, values, names as string[]);
}

/** As a label selector over one key that may have several values at once. */
function selects(operator: string, values: readonly string[] = [], found: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return found.length > 0;
    case 'DoesNotExist':
      return found.length === 0;
    case 'In':
      return found.some((name) => values.includes(name));
    case 'NotIn':
      return found.length === 0 || found.some((name) => !values.includes(name));
    default:
      return false;
  }
}

function affinityTerms({ affinity }: NonNullable<Pod['spec']>): PodAffinityTerm[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((each) => [
    ...(each?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(each?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
}
