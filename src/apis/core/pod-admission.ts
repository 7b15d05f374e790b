// What does a pod get beside its defaults? First status, quality of service, and what upstream's
// admission plugin DefaultTolerationSeconds adds.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { adoptProfiles } from './app-armor.ts';
import type { Container, Pod, PodCondition, PodSpec, Toleration } from './generated/v1.ts';
import type { ResourceList } from './resource-list.ts';

const defaultTolerationSeconds = 300;

/** Resets the status, and brings what older clients say into the form of today. */
export function preparePod(pod: Pod, warn: (text: string) => void): void {
  const { metadata, spec } = pod;
  if (!spec) return;
  pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
  if (spec.schedulingGates?.length) pod.status.conditions = [gatedCondition(metadata.creationTimestamp)];
  adoptProfiles(pod, warn);
}

function gatedCondition(now: string): PodCondition {
  return {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
    lastTransitionTime: now,
  };
}

/** A pod that says nothing else about it leaves a node that is lost after five minutes. */
export function addTolerations(spec: PodSpec): void {
  const tolerations = (spec.tolerations ??= []);
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (tolerations.some((toleration) => toleratesNoExecute(toleration, key))) continue;
    tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: defaultTolerationSeconds });
  }
}

function toleratesNoExecute(toleration: Toleration, key: string): boolean {
  return (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute');
}

const qosResources = ['cpu', 'memory'] as const;

/** `Guaranteed`, `Burstable` or `BestEffort`, as upstream's qos.ComputePodQOS: what the pod says as a whole counts alone. */
export function qosClassOf(spec: PodSpec): string {
  // Runs before validation has refused a pod without containers.
  const main = spec.containers as Container[] | undefined;
  const containers: Pick<Container, 'resources'>[] = spec.resources
    ? [spec]
    : [...(main ?? []), ...(spec.initContainers ?? [])];
  const amounts = (list: ResourceList | undefined) =>
    qosResources.filter((name) => list?.[name] !== undefined && parseQuantity(list[name]).nanos > 0n);
  const isBestEffort = containers.every(
    ({ resources }) => amounts(resources?.requests).length === 0 && amounts(resources?.limits).length === 0,
  );
  if (isBestEffort) return 'BestEffort';
  const isGuaranteed = containers.every(({ resources }) =>
    qosResources.every((name) => {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      return limit && request && compareQuantities(parseQuantity(limit), parseQuantity(request)) === 0;
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
