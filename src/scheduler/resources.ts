// How much does a pod ask for, and how much of a node is taken?

import { quantityToMillis } from '../apimachinery/quantity.ts';
import type { Node, Pod } from '../apis/core/generated/v1.ts';

/** Amounts in thousandths, by resource name: millicores, and thousandths of a byte. */
export type Amounts = ReadonlyMap<string, number>;

type ResourceList = Record<string, string>;

/** What the pod asks for: its containers together, or its greediest init container if that is more; plus overhead. */
export function requestsOf({ spec }: Pod): Amounts {
  // An init container that restarts always is a sidecar: it runs beside the others.
  const isSidecar = ({ restartPolicy }: { restartPolicy?: string }): boolean => restartPolicy === 'Always';
  const init = spec?.initContainers ?? [];
  const total = new Map<string, number>();
  for (const { resources } of [...(spec?.containers ?? []), ...init.filter(isSidecar)]) add(total, resources?.requests);
  for (const { resources } of init.filter((each) => !isSidecar(each))) {
    for (const [name, amount] of amounts(resources?.requests)) total.set(name, Math.max(total.get(name) ?? 0, amount));
  }
  add(total, spec?.overhead);
  return total;
}

/** What `pods` ask for together. */
export function requestsOfAll(pods: readonly Pod[]): Amounts {
  const total = new Map<string, number>();
  for (const pod of pods)
    for (const [name, amount] of requestsOf(pod)) total.set(name, (total.get(name) ?? 0) + amount);
  return total;
}

export function allocatableOf({ status }: Node): Amounts {
  return new Map(amounts(status?.allocatable));
}

function add(total: Map<string, number>, list: ResourceList | undefined): void {
  for (const [name, amount] of amounts(list)) total.set(name, (total.get(name) ?? 0) + amount);
}

function amounts(list: ResourceList | undefined): [string, number][] {
  return Object.entries(list ?? {}).map(([name, quantity]) => [name, quantityToMillis(quantity)]);
}
