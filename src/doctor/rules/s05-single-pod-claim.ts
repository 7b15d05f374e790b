// S05: a claim for one pod at a time is held by another pod.

import { isTerminated } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimsOfPod, podsOfClaim, stuckPods, unschedulable } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

export const s05SinglePodClaim = defineRule({
  id: 'S05',
  title: 'Claim for one pod that another pod holds',
  severity: 'Low',
  needs: ['pods', 'claims'],
  page: {
    symptom:
      '"node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"; the words differ between versions.',
    cause: 'The access mode ReadWriteOncePod lets one pod of the whole cluster use the claim, and another one does.',
    consequence: 'The pod starts when the holder has ended, and not before.',
    remedy: 'Wait for the holder, or end the one that should not run.',
    wrongMoves: 'Force-deleting the holder: if its node is not heard, it may still write.',
    sources: [
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/2485-read-write-once-pod-pv-access-mode',
    ],
  },
  examine: (snapshot, { graceMs }) =>
    stuckPods(snapshot, graceMs).flatMap((pod) => {
      for (const claim of claimsOfPod(snapshot, pod)) {
        if (!claim.spec?.accessModes?.includes('ReadWriteOncePod')) continue;
        const holder = podsOfClaim(snapshot, claim).find((other) => isHolder(other, pod));
        if (holder) return [findingOf(snapshot, { pod, claim, holder })];
      }
      return [];
    }),
});

function isHolder(other: Pod, pod: Pod): boolean {
  return other.metadata.uid !== pod.metadata.uid && Boolean(other.spec?.nodeName) && !isTerminated(other);
}

function findingOf(
  snapshot: Snapshot,
  { pod, claim, holder }: { pod: Pod; claim: PersistentVolumeClaim; holder: Pod },
): FindingDraft {
  const { namespace, name } = holder.metadata;
  const nodeName = holder.spec?.nodeName ?? '';
  const isEnding = holder.metadata.deletionTimestamp !== undefined;
  const workload = workloadOf(snapshot, holder);
  return {
    subject: refTo(pod),
    related: [claim, holder].map(refTo),
    sentence: `Pod ${pod.metadata.name} waits for the claim ${claim.metadata.name}, which pod ${name} on ${nodeName} holds${isEnding ? ' and is about to leave' : ''}.`,
    evidence: [
      evidence(claim, 'spec.accessModes', claim.spec?.accessModes),
      evidence(holder, 'status.phase', holder.status?.phase),
      evidence(holder, 'metadata.deletionTimestamp', holder.metadata.deletionTimestamp),
      evidence(pod, 'status.conditions[PodScheduled].message', unschedulable(pod)?.message),
    ],
    blames: [{ kind: 'Node', name: nodeName }, refTo(holder)],
    actions: [
      harmless({
        title: `Wait until ${name} has ended, or find out why it still runs`,
        why: `The claim is for one pod at a time. The holder belongs to ${workload.kind} ${workload.name}.`,
        commands: [kubectl(['describe', 'pod', name], namespace)],
      }),
      wrongMoves.forceDeletePod,
    ],
  };
}
