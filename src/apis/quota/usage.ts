// How much of a namespace's quota does an object use? Pure. Source: pkg/quota/v1/evaluator/core.

import type { KubeObject } from '../../apimachinery/meta.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isQuantity,
  parseQuantity,
} from '../../apimachinery/quantity.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { Container, PersistentVolumeClaim, Pod, PodSpec, Service } from '../core/generated/v1.ts';
import type { ResourceList } from '../core/resource-list.ts';

/** Amounts by the names that quotas use: `pods`, `requests.cpu`, `gold.storageclass.storage.k8s.io/requests.storage`. */
export type Usage = ResourceList;

/** Kinds that had a quota of their own before `count/` existed. */
const plainCounts = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);

/** What one object of `groupResource` (`pods`, `deployments.apps`) uses. */
export function usageOf(groupResource: string, object: KubeObject, nowMs: number): Usage {
  const usage: Usage = { [`count/${groupResource}`]: '1' };
  if (plainCounts.has(groupResource)) usage[groupResource] = '1';
  if (groupResource === 'pods') return { ...usage, ...podUsage(object, nowMs) };
  if (groupResource === 'persistentvolumeclaims') return { ...usage, ...claimUsage(object) };
  if (groupResource === 'services') return { ...usage, ...serviceUsage(object) };
  return usage;
}

/** Pods that have ended, or whose time to end is over, use nothing but their place in the count of objects. */
function podUsage(pod: Pod, nowMs: number): Usage {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return {};
  const isOverdue =
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds !== undefined &&
    nowMs > epochMsOf(deletionTimestamp) + 1000 * deletionGracePeriodSeconds;
  if (isOverdue) return {};
  return { pods: '1', ...computeUsage(podTotal(pod, 'requests'), podTotal(pod, 'limits')) };
}

/** Quota names of what a container or pod asks for. */
export function computeUsage(requests: ResourceList, limits: ResourceList): Usage {
  const usage: Usage = {};
  for (const [name, amount] of Object.entries(requests)) {
    // Extended resources are named only with the prefix.
    if (!name.includes('/')) usage[name] = amount;
    usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) {
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name)) usage[`limits.${name}`] = amount;
  }
  return usage;
}

const isOfPods = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** What a pod asks for, or may use, without its overhead: what it says as a whole, and what its containers say of the rest. */
export function podAmounts(spec: PodSpec | undefined, kind: 'requests' | 'limits'): ResourceList {
  const whole = Object.entries(spec?.resources?.[kind] ?? {}).filter(([name]) => isOfPods(name));
  return { ...containerAmounts(spec, kind), ...Object.fromEntries(whole) };
}

/** All containers and sidecars together; or an init container and the sidecars before it, if that is more. */
export function containerAmounts(spec: PodSpec | undefined, kind: 'requests' | 'limits'): ResourceList {
  const list = (each: Pick<Container, 'resources'>): ResourceList =>
    Object.fromEntries(Object.entries(each.resources?.[kind] ?? {}).filter(([, amount]) => isQuantity(amount)));
  const sidecars: ResourceList[] = [];
  let peak: ResourceList = {};
  for (const each of spec?.initContainers ?? []) {
    if (each.restartPolicy === 'Always') sidecars.push(list(each));
    else peak = maximum(peak, addUsage([...sidecars, list(each)]));
  }
  // Runs before validation has refused a pod without containers.
  const containers = spec?.containers ?? [];
  return maximum(peak, addUsage([...containers.map(list), ...sidecars]));
}

function podTotal({ spec }: Pod, kind: 'requests' | 'limits'): ResourceList {
  return addUsage([podAmounts(spec, kind), spec?.overhead ?? {}]);
}

function claimUsage(claim: PersistentVolumeClaim): Usage {
  const asked = claim.spec?.resources?.requests?.['storage'];
  const allocated = claim.status?.allocatedResources?.['storage'];
  const storage = asked && allocated ? maximum({ storage: asked }, { storage: allocated })['storage'] : asked;
  const usage: Usage = { ...(storage && { 'requests.storage': storage }) };
  const className =
    claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName;
  if (!className) return usage;
  const prefix = `${className}.storageclass.storage.k8s.io/`;
  return {
    ...usage,
    [`${prefix}persistentvolumeclaims`]: '1',
    ...(storage && { [`${prefix}requests.storage`]: storage }),
  };
}

function serviceUsage({ spec }: Service): Usage {
  const ports = spec?.ports?.length ?? 0;
  if (spec?.type === 'NodePort') return { 'services.nodeports': String(ports) };
  if (spec?.type !== 'LoadBalancer') return {};
  const nodePorts =
    spec.allocateLoadBalancerNodePorts === false ? spec.ports?.filter(({ nodePort }) => nodePort).length : ports;
  return { 'services.loadbalancers': '1', 'services.nodeports': String(nodePorts ?? 0) };
}

/** Totals by name. */
export function addUsage(lists: readonly Usage[]): Usage {
  const total: Usage = {};
  for (const list of lists) {
    for (const [name, amount] of Object.entries(list)) total[name] = plus(total[name] ?? '0', amount);
  }
  return total;
}

/** What `now` uses more than `before`; names of which it uses less are left out. */
export function increase(now: Usage, before: Usage): Usage {
  const more = Object.entries(now)
    .map(([name, amount]) => [name, minus(amount, before[name] ?? '0')] as const)
    .filter(([, amount]) => parseQuantity(amount).nanos > 0n);
  return Object.fromEntries(more);
}

/** Names whose amount is greater than allowed. */
export function exceeded(used: Usage, hard: ResourceList): string[] {
  return Object.keys(hard)
    .filter((name) => compareQuantities(parseQuantity(used[name] ?? '0'), parseQuantity(hard[name] ?? '0')) > 0)
    .sort();
}

/** The entries whose names are in `names`. */
export function masked(usage: Usage, names: readonly string[]): Usage {
  return Object.fromEntries(
    names.filter((name) => usage[name] !== undefined).map((name) => [name, usage[name] ?? '0']),
  );
}

function maximum(a: ResourceList, b: ResourceList): ResourceList {
  const result = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const own = result[name];
    if (own === undefined || compareQuantities(parseQuantity(amount), parseQuantity(own)) > 0) result[name] = amount;
  }
  return result;
}

function plus(a: string, b: string): string {
  return formatQuantity(addQuantities(parseQuantity(a), parseQuantity(b)));
}

function minus(a: string, b: string): string {
  const { nanos, format } = parseQuantity(b);
  return formatQuantity(addQuantities(parseQuantity(a), { nanos: -nanos, format }));
}
