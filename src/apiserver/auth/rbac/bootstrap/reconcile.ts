// What must be written so that the cluster has its default roles and bindings? Only what is missing or lacks something.
// Source: pkg/registry/rbac/reconciliation and the rbac/bootstrap-roles post-start hook.

import type { Draft, KubeObject } from '../../../../apimachinery/meta.ts';
import type { PolicyRule, RoleRef, Subject } from '../../../../apis/rbac/generated/v1.ts';
import { uncovered } from '../rules.ts';
import { autoupdateAnnotation } from './policy.ts';

type RbacObject = KubeObject & {
  rules?: PolicyRule[];
  subjects?: Subject[];
  roleRef?: RoleRef;
  aggregationRule?: unknown;
};

/** What to do about one default object. */
export type PolicyStep<T extends KubeObject> =
  | { type: 'Settled' }
  | { type: 'Create'; object: Draft<T> }
  | { type: 'Update'; object: T };

/**
 * The step that brings `found` to have at least what `wanted` has: rules and subjects that an administrator
 * added stay, and an object whose autoupdate annotation is not "true" is left alone.
 */
export function reconcileDefault<T extends RbacObject>(wanted: Draft<T>, found: T | undefined): PolicyStep<T> {
  if (!found) return { type: 'Create', object: wanted };
  if (found.metadata.annotations?.[autoupdateAnnotation] !== 'true') return { type: 'Settled' };
  // A binding to another role is another binding: its role can't be changed, only the administrator can replace it.
  if (wanted.roleRef && wanted.roleRef.name !== found.roleRef?.name) return { type: 'Settled' };
  const isAggregated = wanted.aggregationRule !== undefined;
  const missingRules = isAggregated ? [] : uncovered(found.rules ?? [], wanted.rules ?? []);
  const missingSubjects = (wanted.subjects ?? []).filter((subject) => !found.subjects?.some(isSame(subject)));
  const missingLabels = Object.entries(wanted.metadata.labels ?? {}).filter(
    ([key, value]) => found.metadata.labels?.[key] !== value,
  );
  if (missingRules.length + missingSubjects.length + missingLabels.length === 0) return { type: 'Settled' };
  const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
  const object: T = { ...found, metadata: { ...found.metadata, labels } };
  if (missingRules.length > 0) object.rules = [...(found.rules ?? []), ...missingRules];
  if (missingSubjects.length > 0) object.subjects = [...(found.subjects ?? []), ...missingSubjects];
  return { type: 'Update', object };
}

function isSame({ kind, name, namespace }: Subject): (other: Subject) => boolean {
  return (other) => other.kind === kind && other.name === name && (other.namespace ?? '') === (namespace ?? '');
}
