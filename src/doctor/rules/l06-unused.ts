// L06: a claim that no pod has used for long.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { askedOf, dataSurvives } from '../safety/proofs.ts';
import { takeSnapshot } from '../safety/snapshot-first.ts';
import type { Settings } from '../settings.ts';
import { podsOfClaim } from '../snapshot/joins.ts';
import { setOfClaim } from '../snapshot/set-claims.ts';
import { siftClaims } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l06Unused = defineRule({
  id: 'L06',
  title: 'Claim that nothing uses',
  severity: 'Low',
  needs: ['claims', 'pods', 'statefulSets'],
  reads: ['volumes', 'backups'],
  page: {
    symptom: 'The condition Unused of a claim (1.37) has been True for weeks.',
    cause: 'What used it is gone, and nobody removed the claim.',
    consequence:
      'Its disk is paid for and counts against quotas. Or it is the only copy of something that is forgotten.',
    remedy: 'Take a snapshot, mark the claim for some time, and delete it when nobody has spoken up.',
    wrongMoves:
      'Deleting on one look: jobs that run once a month, and replicas that are scaled in, need their claims again.',
    sources: [
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/5541-pvc-last-used-time-status-field',
    ],
  },
  lacks: (snapshot) =>
    snapshot.all('claims').length === 0 || siftClaims(snapshot).conditioned.some((claim) => unusedCondition(claim))
      ? undefined
      : 'no claim has the condition Unused (alpha in Kubernetes 1.36, beta in 1.37), and one look tells nothing',
  examine: (snapshot, settings) =>
    siftClaims(snapshot).conditioned.flatMap((claim) => {
      const condition = unusedCondition(claim);
      const unusedMs = snapshot.ageMs(condition?.lastTransitionTime);
      if (condition?.status !== 'True' || unusedMs === undefined || unusedMs <= settings.unusedMs) return [];
      if (claim.metadata.deletionTimestamp || podsOfClaim(snapshot, claim).length > 0) return [];
      // A replica that is scaled in comes back to its claim.
      if (setOfClaim(snapshot, claim)) return [];
      return [findingOf(snapshot, { claim, unusedMs, settings })];
    }),
});

function unusedCondition({ status }: PersistentVolumeClaim) {
  return status?.conditions?.find(({ type }) => type === 'Unused');
}

function findingOf(
  snapshot: Snapshot,
  { claim, unusedMs, settings }: { claim: PersistentVolumeClaim; unusedMs: number; settings: Settings },
): FindingDraft {
  const { namespace, name } = claim.metadata;
  const days = Math.floor(unusedMs / 86_400_000);
  return {
    subject: refTo(claim),
    sentence: `Claim ${name} has been used by no pod for ${days} days, and belongs to no StatefulSet.`,
    evidence: [
      evidence(claim, 'status.conditions[Unused].status', 'True'),
      evidence(claim, 'status.conditions[Unused].lastTransitionTime', unusedCondition(claim)?.lastTransitionTime),
      evidence(claim, 'status.capacity.storage', claim.status?.capacity?.['storage']),
    ],
    actions: [
      takeSnapshot(snapshot, claim),
      harmless({
        title: 'Mark it, and wait for someone to speak up',
        why: 'A label changes nothing, and tells others what is meant to happen.',
        commands: [kubectl(['label', 'persistentvolumeclaim', name, 'amarre.io/unused=true'], namespace)],
      }),
      guarded(
        {
          title: 'Delete the claim',
          why: 'Its disk goes with it if the reclaim policy is Delete.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
        },
        [
          askedOf('nobody wants the data', `Ask the owner of the namespace ${namespace}.`),
          dataSurvives(snapshot, claim, settings),
        ],
      ),
      wrongMove({
        title: 'Delete it on one look',
        why: 'A job that runs once a month, or something that is switched off for now, needs it again.',
      }),
    ],
  };
}
