// In which order do the groups of the API come, and which of their versions first? Source: kube-aggregator's discovery,
// pkg/controlplane/apiserver/aggregator.go, and autoregister for custom resources.

import type { APIServiceSpec } from '../apis/apiregistration/generated/v1.ts';

export type ApiPriority = Pick<APIServiceSpec, 'groupPriorityMinimum' | 'versionPriority'>;

const groupPriorities: Record<string, number> = {
  // It comes before all others, as aggregation itself is its.
  'apiregistration.k8s.io': 20_000,
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
};
/** As the manifest of upstream's metrics server has them. */
const metricsPriority = { groupPriorityMinimum: 100, versionPriority: 100 };
const customPriority = { groupPriorityMinimum: 1000, versionPriority: 100 };

export function apiPriority({ group, version }: { group: string; version: string }): ApiPriority {
  if (group === 'metrics.k8s.io') return metricsPriority;
  const groupPriorityMinimum = groupPriorities[group];
  if (groupPriorityMinimum === undefined) return customPriority;
  if (group === '') return { groupPriorityMinimum, versionPriority: 1 };
  return { groupPriorityMinimum, versionPriority: group === 'autoscaling' && version === 'v2' ? 30 : 15 };
}

/** Groups in the order that clients look through them: the greatest priority first, then by name. */
export function compareGroups(a: string, b: string): number {
  const difference = minimumOf(b) - minimumOf(a);
  return difference === 0 ? (a < b ? -1 : 1) : difference;
}

function minimumOf(group: string): number {
  return apiPriority({ group, version: 'v1' }).groupPriorityMinimum;
}
