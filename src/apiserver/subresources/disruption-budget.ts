// May one more pod of a disruption budget be evicted? Source: pkg/registry/core/pod/storage/eviction.go; the counting
// is that of the disruption controller, whose place this takes as long as none has filled in the budget's status.

import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../apis/policy/generated/v1.ts';

const violates = "Cannot evict pod as it would violate the pod's disruption budget.";
const retryAfterSeconds = 10;

/** Pods of the budget's namespace, and how many there should be of each owner's. */
export interface PodCensus {
  pods: Pod[];
  /** Replicas that a pod's controller wants; undefined if it has none, or none that counts replicas. */
  replicasOf: (pod: Pod) => { ownerUid: string; replicas: number } | undefined;
}

/** Does the budget guard the pod? */
export function guards({ spec }: PodDisruptionBudget, pod: Pod): boolean {
  return matchesLabelSelector(spec?.selector, pod.metadata.labels);
}

/** Pods that are not running yet or no more, and those that are going, disturb nobody. */
export function isBeyondBudgets({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? 'Pending';
  return metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending';
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

/** May a pod that is not ready go without being counted? */
export function lets({ spec }: PodDisruptionBudget, status: PodDisruptionBudgetStatus): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { desiredHealthy = 0, currentHealthy = 0 } = status;
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** The budget's status: as a controller wrote it, or counted now if none ever did. */
export function statusOf(budget: PodDisruptionBudget, census: PodCensus): PodDisruptionBudgetStatus {
  const { status } = budget;
  return status?.observedGeneration === undefined ? countNow(budget, census) : status;
}

/** The status after one more eviction. Throws TooManyRequests if there may be none now. */
export function afterEviction(
  budget: PodDisruptionBudget,
  status: PodDisruptionBudgetStatus,
  { podName, now }: { podName: string; now: string },
): PodDisruptionBudgetStatus {
  const { name, generation = 0 } = budget.metadata;
  if (status.observedGeneration !== undefined && status.observedGeneration < generation)
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, retryAfterSeconds);
  const { disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = status;
  if (disruptionsAllowed < 1) {
    throw tooMany(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  return {
    ...status,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...status.disruptedPods, [podName]: now },
  };
}

function tooMany(message: string, seconds: number): StatusError {
  return new StatusError('TooManyRequests', violates, {
    details: {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(seconds > 0 && { retryAfterSeconds: seconds }),
    },
  });
}

function countNow(budget: PodDisruptionBudget, { pods, replicasOf }: PodCensus): PodDisruptionBudgetStatus {
  const { disruptedPods = {} } = budget.status ?? {};
  const guarded = pods.filter((pod) => guards(budget, pod) && !isFinished(pod));
  const stays = (pod: Pod): boolean => {
    const evictedAt = disruptedPods[pod.metadata.name];
    // A pod of the same name that came later is another one.
    const isEvicted = evictedAt !== undefined && pod.metadata.creationTimestamp <= evictedAt;
    return pod.metadata.deletionTimestamp === undefined && !isEvicted;
  };
  const currentHealthy = guarded.filter((pod) => isReady(pod) && stays(pod)).length;
  const wish = wanted(budget, guarded, replicasOf);
  // Without knowing how many there should be, nobody may go. Upstream's controller says SyncFailed then.
  const { expectedPods, desiredHealthy } = wish ?? { expectedPods: guarded.length, desiredHealthy: guarded.length };
  const disruptionsAllowed = wish ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  return { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed, disruptedPods };
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function wanted(
  { spec }: PodDisruptionBudget,
  guarded: Pod[],
  replicasOf: PodCensus['replicasOf'],
): { expectedPods: number; desiredHealthy: number } | undefined {
  const { minAvailable = 1, maxUnavailable } = spec ?? {};
  // A plain number needs no scale: it holds for the pods that there are.
  if (maxUnavailable === undefined && typeof minAvailable === 'number')
    return { expectedPods: guarded.length, desiredHealthy: minAvailable };
  const owners = new Map<string, number>();
  for (const pod of guarded) {
    const owner = replicasOf(pod);
    if (!owner) return undefined;
    owners.set(owner.ownerUid, owner.replicas);
  }
  const scale = [...owners.values()].reduce((total, replicas) => total + replicas, 0);
  const desired = maxUnavailable === undefined ? scaled(minAvailable, scale) : scale - scaled(maxUnavailable, scale);
  return { expectedPods: scale, desiredHealthy: Math.max(0, desired) };
}

/** A number, or a percentage of `total` rounded up. */
function scaled(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}
