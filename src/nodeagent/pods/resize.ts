// May a running pod have what its spec asks for now? As the kubelet's allocation manager decides. Pure.

import { quantityToMillis, quantityToNumber } from '../../apimachinery/quantity.ts';
import type { Container, Pod } from '../../apis/core/generated/v1.ts';
import { usageOf } from '../../apis/quota/usage.ts';
import { oldStatus } from './old-status.ts';

/** Why a resize does not begin: the node can never hold it, or not while the other pods are there. */
export interface ResizeObstacle {
  reason: 'Infeasible' | 'Deferred';
  message: string;
}

export interface NodeRoom {
  allocatable: { cpu: string; memory: string };
  /** The other pods of the node. */
  others: readonly Pod[];
  nowMs: number;
}

/** What stands in the way of `pod` getting what it asks for. */
export function resizeObstacle(pod: Pod, { allocatable, others, nowMs }: NodeRoom): ResizeObstacle | undefined {
  const [wanted, capacity] = [requestsOf(pod, nowMs), amounts(allocatable)];
  for (const name of ['memory', 'cpu'] as const) {
    if (wanted[name] <= capacity[name]) continue;
    const message = `Node didn't have enough capacity: ${name}, requested: ${wanted[name]}, capacity: ${capacity[name]}`;
    return { reason: 'Infeasible', message };
  }
  const taken = others.map((other) => requestsOf(allocatedPod(other), nowMs));
  for (const name of ['cpu', 'memory'] as const) {
    const used = taken.reduce((sum, each) => sum + each[name], 0);
    if (wanted[name] === 0 || wanted[name] <= capacity[name] - used) continue;
    const message = `Node didn't have enough resource: ${name}, requested: ${wanted[name]}, used: ${used}, capacity: ${capacity[name]}`;
    return { reason: 'Deferred', message };
  }
  return undefined;
}

/** The pod as if it asked for no more than its containers have. */
export function allocatedPod(pod: Pod): Pod {
  if (!pod.spec) return pod;
  const allocated = (container: Container): Container => {
    const resources = oldStatus(pod, container.name)?.resources;
    return resources ? { ...container, resources } : container;
  };
  const { containers, initContainers } = pod.spec;
  const spec = {
    ...pod.spec,
    containers: containers.map(allocated),
    ...(initContainers && { initContainers: initContainers.map(allocated) }),
  };
  return { ...pod, spec };
}

interface Amounts {
  /** Thousandths of a core. */
  cpu: number;
  /** Bytes. */
  memory: number;
}

function requestsOf(pod: Pod, nowMs: number): Amounts {
  const usage = usageOf('pods', pod, nowMs);
  return amounts({ cpu: usage['requests.cpu'] ?? '0', memory: usage['requests.memory'] ?? '0' });
}

function amounts({ cpu, memory }: { cpu: string; memory: string }): Amounts {
  return { cpu: quantityToMillis(cpu), memory: quantityToNumber(memory) };
}
