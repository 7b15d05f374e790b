// What must be known of a StatefulSet to decide its next step?

import { controllerOf, type KubeObject } from '../../apimachinery/meta.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { ControllerRevision, StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { Lister } from '../../client/types.ts';
import { ordinalOf } from './names.ts';

export interface SetView {
  set: StatefulSet;
  /** Pods that the set controls, and orphans that it may adopt, by ordinal. */
  pods: Pod[];
  /** Claims of the set's namespace, by name. */
  claims: ReadonlyMap<string, PersistentVolumeClaim>;
  /** Revisions that the set controls. */
  revisions: ControllerRevision[];
  /** Wall-clock milliseconds. */
  nowMs: number;
}

export interface SetListers {
  pods: Lister<Pod>;
  claims: Lister<PersistentVolumeClaim>;
  revisions: Lister<ControllerRevision>;
}

/** Gathers what `reconcileSet` needs. */
export function viewOf(set: StatefulSet, { pods, claims, revisions }: SetListers, nowMs: number): SetView {
  const { namespace } = set.metadata;
  const isOurs = (object: KubeObject): boolean => controllerOf(object)?.uid === set.metadata.uid;
  const mayAdopt = (pod: Pod): boolean =>
    controllerOf(pod) === undefined &&
    pod.metadata.deletionTimestamp === undefined &&
    matchesLabelSelector(set.spec?.selector, pod.metadata.labels);
  return {
    set,
    pods: pods
      .list(namespace)
      .filter((pod) => ordinalOf(set, pod) >= 0 && (isOurs(pod) || mayAdopt(pod)))
      .sort((a, b) => ordinalOf(set, a) - ordinalOf(set, b)),
    claims: new Map(claims.list(namespace).map((claim) => [claim.metadata.name, claim])),
    revisions: revisions.list(namespace).filter(isOurs),
    nowMs,
  };
}
