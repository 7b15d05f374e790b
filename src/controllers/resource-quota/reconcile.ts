// What does a quota's status have to say?

import type { KubeObject } from '../../apimachinery/meta.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import type { ResourceQuota } from '../../apis/core/generated/v1.ts';
import type { ResourceList } from '../../apis/core/resource-list.ts';
import { isInScope } from '../../apis/quota/scopes.ts';
import { addUsage, masked, usageOf } from '../../apis/quota/usage.ts';

export interface QuotaView {
  quota: ResourceQuota;
  /** Objects of the quota's namespace, by `pods` or `deployments.apps`. Kinds that the quota does not count may be absent. */
  objects: ReadonlyMap<string, readonly KubeObject[]>;
  nowMs: number;
}

export type Step =
  | { type: 'Settled' }
  /** `givesBack`: under the same limits, less is used of something than the quota was charged with. */
  | { type: 'WriteStatus'; hard: ResourceList; used: ResourceList; givesBack: boolean };

export function reconcileQuota({ quota, objects, nowMs }: QuotaView): Step {
  if (quota.metadata.deletionTimestamp) return { type: 'Settled' };
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard);
  const zero = Object.fromEntries(names.map((name) => [name, '0']));
  const counted = [...objects].flatMap(([kind, list]) =>
    list.filter((object) => isInScope(quota, kind, object)).map((object) => usageOf(kind, object, nowMs)),
  );
  const used = addUsage([zero, ...counted.map((usage) => masked(usage, names))]);
  const areLimitsCurrent = isSame(quota.status?.hard, hard);
  if (areLimitsCurrent && isSame(quota.status?.used, used)) return { type: 'Settled' };
  const givesBack = areLimitsCurrent && names.some((name) => isLess(used[name], quota.status?.used?.[name]));
  return { type: 'WriteStatus', hard, used, givesBack };
}

function isLess(counted = '0', charged = '0'): boolean {
  return compareQuantities(parseQuantity(counted), parseQuantity(charged)) < 0;
}

/** Kinds whose objects the quota counts: `pods`, `persistentvolumeclaims`, `deployments.apps`. */
export function kindsOf({ spec }: ResourceQuota): string[] {
  return [...new Set(Object.keys(spec?.hard ?? {}).map(kindOf))].sort();
}

function kindOf(name: string): string {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (/(?:^|\.storageclass\.storage\.k8s\.io\/)(?:persistentvolumeclaims|requests\.storage)$/.test(name))
    return 'persistentvolumeclaims';
  if (name === 'services' || name.startsWith('services.')) return 'services';
  if (['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'].includes(name)) return name;
  return 'pods';
}

function isSame(a: ResourceList | undefined, b: ResourceList): boolean {
  const names = Object.keys(b);
  if (a === undefined || Object.keys(a).length !== names.length) return false;
  return names.every(
    (name) => a[name] !== undefined && canonicalQuantity(a[name]) === canonicalQuantity(b[name] ?? ''),
  );
}
