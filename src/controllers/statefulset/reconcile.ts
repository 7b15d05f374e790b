// What is the next step that brings a StatefulSet to its spec? Models kubernetes/pkg/controller/statefulset
// defaultStatefulSetControl.updateStatefulSet, one step at a time.

import { controllerOf, type Draft, type OwnerReference } from '../../apimachinery/meta.ts';
import type { ControllerRevision, StatefulSet, StatefulSetStatus } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { ordinalOf, podNameOf, wantedOrdinals } from './names.ts';
import { availableInMs, hasEnded, isHealthy, isTerminating, revisionOf } from './pod-state.ts';
import { newClaims, newPod } from './pod-template.ts';
import { wantedClaimOwners } from './retention.ts';
import { byAge, newRevision, revisionOfTemplate, setAtRevision } from './revisions.ts';
import { type RevisionNames, statusOf } from './status.ts';
import type { SetView } from './view.ts';

/** Why a pod is deleted; the event of an ended pod differs. */
export type DeleteReason = 'ScaleDown' | 'Update' | 'Failed' | 'Succeeded';

export type Step =
  | { type: 'Settled' }
  /** Only time brings the next step. */
  | { type: 'Wait'; retryAfterMs: number }
  /** A claim of the pod is being deleted. */
  | { type: 'Blocked'; podName: string; claimName: string }
  | { type: 'CreateRevision'; revision: Draft<ControllerRevision> }
  /** An old revision becomes the newest again, after a roll-back. */
  | { type: 'RenumberRevision'; revision: ControllerRevision; number: number }
  | { type: 'DeleteRevision'; revision: ControllerRevision }
  | { type: 'AdoptPod'; pod: Pod }
  | { type: 'CreateClaim'; claim: Draft<PersistentVolumeClaim>; podName: string }
  | { type: 'CreatePod'; pod: Draft<Pod> }
  | { type: 'DeletePod'; pod: Pod; reason: DeleteReason }
  | { type: 'SetClaimOwners'; claim: PersistentVolumeClaim; owners: OwnerReference[] }
  | { type: 'UpdateStatus'; status: StatefulSetStatus };

const settled: Step = { type: 'Settled' };

/** Decides one step: revisions, then claims' owners, then pods, then the status, then old revisions. */
export function reconcileSet(view: SetView): Step {
  const { set, revisions } = view;
  const update = revisionOfTemplate(set, revisions);
  const newest = byAge(revisions).at(-1);
  const number = (newest?.revision ?? 0) + 1;
  if (set.metadata.deletionTimestamp) return settled;
  if (!update) return { type: 'CreateRevision', revision: newRevision(set, { number }) };
  if (update !== newest) return { type: 'RenumberRevision', revision: update, number };

  const current = revisions.find((each) => each.metadata.name === set.status?.currentRevision) ?? update;
  // Before any pod goes: a claim that is to go with its pod must name it while it is there.
  const owners = wantedClaimOwners(view)[0];
  if (owners) return { type: 'SetClaimOwners', ...owners };

  const pods = podStep(view, { current, update });
  if (pods.type !== 'Settled' && pods.type !== 'Wait' && pods.type !== 'Blocked') return pods;

  const book = bookkeepingStep(view, { current: current.metadata.name, update: update.metadata.name });
  return book.type === 'Settled' ? pods : book;
}

/** The status step alone, for when the step that comes first can't be carried out. */
export function reconcileStatus(view: SetView): Step {
  const update = revisionOfTemplate(view.set, view.revisions)?.metadata.name ?? '';
  return statusStep(view, { current: view.set.status?.currentRevision || update, update });
}

interface Revisions {
  current: ControllerRevision;
  update: ControllerRevision;
}

function podStep(view: SetView, revisions: Revisions): Step {
  const { set, pods } = view;
  const orphan = pods.find((pod) => controllerOf(pod) === undefined);
  if (orphan) return { type: 'AdoptPod', pod: orphan };

  const ordinals = wantedOrdinals(set);
  const isOrdered = set.spec?.podManagementPolicy !== 'Parallel';
  let pending = settled;
  for (const ordinal of ordinals) {
    const step = replicaStep(view, { ordinal, isOrdered, revisions });
    if (step.type === 'Settled') continue;
    // In parallel, one replica that has to wait does not hold up the others.
    if (isOrdered || (step.type !== 'Wait' && step.type !== 'Blocked')) return step;
    pending = step;
  }
  const isWanted = (pod: Pod): boolean => ordinals.includes(ordinalOf(set, pod));
  const scaleDown = scaleDownStep({ pods, condemned: pods.filter((pod) => !isWanted(pod)), isOrdered });
  if (scaleDown.type !== 'Settled') return scaleDown;
  if (pending.type !== 'Settled') return pending;
  return updateStep(set, { replicas: pods.filter(isWanted), update: revisions.update });
}

const untilChange: Step = { type: 'Wait', retryAfterMs: Number.POSITIVE_INFINITY };

interface Replica {
  ordinal: number;
  isOrdered: boolean;
  revisions: Revisions;
}

function replicaStep({ set, pods, claims, nowMs }: SetView, { ordinal, isOrdered, revisions }: Replica): Step {
  const pod = pods.find((each) => ordinalOf(set, each) === ordinal);
  if (!pod) return claimStep({ set, claims, ordinal }) ?? { type: 'CreatePod', pod: podAt(set, ordinal, revisions) };

  if (hasEnded(pod)) {
    if (isTerminating(pod)) return untilChange;
    return { type: 'DeletePod', pod, reason: pod.status?.phase === 'Failed' ? 'Failed' : 'Succeeded' };
  }
  // Its claim may have been deleted before the pod was scheduled.
  if (pod.status?.phase === 'Pending' && !isTerminating(pod)) {
    const missing = claimStep({ set, claims, ordinal });
    if (missing?.type === 'CreateClaim') return missing;
  }
  if (!isOrdered) return settled;
  if (!isHealthy(pod)) return untilChange;
  const retryAfterMs = availableInMs(pod, { minReadySeconds: set.spec?.minReadySeconds ?? 0, nowMs });
  return retryAfterMs > 0 ? { type: 'Wait', retryAfterMs } : settled;
}

interface ClaimsOfReplica extends Pick<SetView, 'set' | 'claims'> {
  ordinal: number;
}

/** What the claims of `ordinal` still need before its pod may be; undefined if nothing. */
function claimStep({ set, claims, ordinal }: ClaimsOfReplica): Step | undefined {
  const podName = podNameOf(set, ordinal);
  for (const claim of newClaims(set, ordinal)) {
    const existing = claims.get(claim.metadata.name ?? '');
    if (!existing) return { type: 'CreateClaim', claim, podName };
    if (existing.metadata.deletionTimestamp) return { type: 'Blocked', podName, claimName: existing.metadata.name };
  }
  return undefined;
}

/** Below the partition, a rolling update leaves pods at the old revision, recreated ones too. */
function podAt(set: StatefulSet, ordinal: number, { current, update }: Revisions): Draft<Pod> {
  const start = set.spec?.ordinals?.start ?? 0;
  const isRolling = set.spec?.updateStrategy?.type !== 'OnDelete';
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const revision = isRolling && ordinal < start + partition ? current : update;
  return newPod(setAtRevision(set, revision), { ordinal, revisionName: revision.metadata.name });
}

function scaleDownStep({ pods, condemned, isOrdered }: { pods: Pod[]; condemned: Pod[]; isOrdered: boolean }): Step {
  const highest = condemned.at(-1);
  if (!isOrdered) {
    const pod = condemned.findLast((each) => !isTerminating(each));
    return pod ? { type: 'DeletePod', pod, reason: 'ScaleDown' } : settled;
  }
  if (!highest) return settled;
  if (isTerminating(highest)) return untilChange;
  // One that is not well may go only if nothing before it is not well either.
  const firstUnhealthy = pods.find((pod) => !isHealthy(pod));
  if (firstUnhealthy && firstUnhealthy !== highest && !isHealthy(highest)) return untilChange;
  return { type: 'DeletePod', pod: highest, reason: 'ScaleDown' };
}

/** Replaces outdated pods, highest first, one at a time. */
function updateStep(set: StatefulSet, { replicas, update }: { replicas: Pod[]; update: ControllerRevision }): Step {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return settled;
  const start = set.spec?.ordinals?.start ?? 0;
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (const pod of [...replicas].reverse()) {
    if (ordinalOf(set, pod) < start + partition) break;
    if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod))
      return { type: 'DeletePod', pod, reason: 'Update' };
    if (!isHealthy(pod)) return untilChange;
  }
  return settled;
}

function bookkeepingStep(view: SetView, names: RevisionNames): Step {
  const status = statusStep(view, names);
  if (status.type !== 'Settled') return status;
  const expired = expiredRevision(view, names);
  return expired ? { type: 'DeleteRevision', revision: expired } : settled;
}

function statusStep(view: SetView, names: RevisionNames): Step {
  const status = statusOf(view, names);
  const written: Record<string, unknown> = { ...view.set.status };
  // A zero is not kept by every server: absent says the same.
  const isSame = Object.entries(status).every(([field, value]) => (written[field] ?? 0) === (value || 0));
  return isSame ? settled : { type: 'UpdateStatus', status };
}

function expiredRevision(
  { set, pods, revisions }: SetView,
  { current, update }: RevisionNames,
): ControllerRevision | undefined {
  const live = new Set([current, update, ...pods.map(revisionOf)]);
  const history = byAge(revisions).filter((each) => !live.has(each.metadata.name));
  return history.length > (set.spec?.revisionHistoryLimit ?? 10) ? history[0] : undefined;
}
