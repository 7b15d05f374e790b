// What does the set's status say? Models the counting in updateStatefulSet and completeRollingUpdate.

import type { StatefulSetStatus } from '../../apis/apps/generated/v1.ts';
import { availableInMs, isRunningAndReady, isTerminating, revisionOf } from './pod-state.ts';
import type { SetView } from './view.ts';

export interface RevisionNames {
  current: string;
  update: string;
}

/** The status that the view amounts to. */
export function statusOf({ set, pods, nowMs }: SetView, { current, update }: RevisionNames): StatefulSetStatus {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const replicas = set.spec?.replicas ?? 1;
  const ready = pods.filter(isRunningAndReady);
  const atRevision = (name: string): number =>
    pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === name).length;
  const status = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => availableInMs(pod, { minReadySeconds, nowMs }) === 0).length,
    currentReplicas: atRevision(current),
    updatedReplicas: atRevision(update),
    currentRevision: current,
    updateRevision: update,
    collisionCount: set.status?.collisionCount ?? 0,
  };
  const isRolling = set.spec?.updateStrategy?.type !== 'OnDelete';
  const isComplete = [status.updatedReplicas, status.readyReplicas, status.replicas].every(
    (count) => count === replicas,
  );
  if (!isRolling || !isComplete) return status;
  return { ...status, currentRevision: update, currentReplicas: status.updatedReplicas };
}
