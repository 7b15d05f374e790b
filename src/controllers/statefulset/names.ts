// What are the parts of a StatefulSet called? Names and ordinals of kubernetes/pkg/controller/statefulset.

import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';
export const revisionLabel = 'controller-revision-hash';

/** `web` and 3 of `web-3`; undefined for a name of another form. */
export function parseOrdinal(name: string): { parent: string; ordinal: number } | undefined {
  const match = /^(.+)-([0-9]+)$/.exec(name);
  return match?.[1] ? { parent: match[1], ordinal: Number(match[2]) } : undefined;
}

export function podNameOf(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

export function claimNameOf(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** -1 for a pod whose name is not of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const parsed = parseOrdinal(pod.metadata.name);
  return parsed?.parent === set.metadata.name ? parsed.ordinal : -1;
}

/** The ordinals that the set wants, ascending. */
export function wantedOrdinals(set: StatefulSet): number[] {
  const start = set.spec?.ordinals?.start ?? 0;
  return Array.from({ length: set.spec?.replicas ?? 1 }, (_, index) => start + index);
}
