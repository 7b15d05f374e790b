// Which rules does an aggregated ClusterRole have? Those of the roles that it selects. Pure.
// Source: pkg/controller/clusterroleaggregation.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { ClusterRole, PolicyRule } from '../../apis/rbac/generated/v1.ts';

export type AggregationStep = { type: 'Settled' } | { type: 'ReplaceRules'; rules: PolicyRule[] };

/** The next step for `role`; `all` are the ClusterRoles of the cluster. */
export function reconcileAggregation(role: ClusterRole | undefined, all: readonly ClusterRole[]): AggregationStep {
  const selectors = role?.aggregationRule?.clusterRoleSelectors;
  if (!role || !selectors || role.metadata.deletionTimestamp) return { type: 'Settled' };
  const parts = selectors.flatMap((selector) =>
    all
      .filter(({ metadata }) => metadata.name !== role.metadata.name && matchesLabelSelector(selector, metadata.labels))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
  );
  const rules: PolicyRule[] = [];
  for (const rule of parts.flatMap((part) => part.rules ?? [])) {
    if (!rules.some((other) => semanticallyEqual(other, rule))) rules.push(rule);
  }
  return semanticallyEqual(rules, role.rules ?? []) ? { type: 'Settled' } : { type: 'ReplaceRules', rules };
}
