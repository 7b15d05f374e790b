// E03: the disk has grown or could grow, and the pod that uses it is in the way.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsHeard, podComesBack } from '../safety/restart-proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { attachmentsOfVolume, podsOfClaim } from '../snapshot/joins.ts';
import { claimCondition, resizeStatus } from '../snapshot/resizing.ts';
import { siftClaims } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const needsDetach =
  /OperationNotAllowed|code = FailedPrecondition|must be (detached|unattached|offline)|volume is in use/i;

export const e03OfflineResize = defineRule({
  id: 'E03',
  title: 'Resize waits for its pod',
  severity: 'Medium',
  needs: ['claims', 'pods'],
  reads: ['nodes', 'attachments'],
  page: {
    symptom:
      '"Waiting for user to (re-)start a pod to finish file system resize of volume on node", or the storage refuses while the disk is attached (Azure: OperationNotAllowed).',
    cause: 'The driver can grow a volume, or its file system, only while no pod has it mounted.',
    consequence: 'The volume keeps its size, and fills up.',
    remedy:
      'Restart the pod. If the disk has to be detached, scale to zero, wait for the attachment to go, then scale up.',
    wrongMoves: 'Force-deleting the pod: the disk is then resized while it may still be written to.',
    sources: ['https://github.com/gardener/enhancements/tree/main/geps/0038-autoscaling-persistentvolumeclaims'],
  },
  examine: (snapshot, { graceMs }) =>
    siftClaims(snapshot).conditioned.flatMap((claim) => {
      const pods = podsOfClaim(snapshot, claim).filter(({ status }) => status?.phase === 'Running');
      // Without a pod, the next one to start finishes the resize.
      if (pods.length === 0) return [];
      const refused = claimCondition(claim, 'ControllerResizeError');
      if (refused && needsDetach.test(refused.message ?? ''))
        return [
          findingOf(snapshot, claim, { pods, facts: conditionFacts(claim, 'ControllerResizeError'), mustDetach: true }),
        ];
      const pending = claimCondition(claim, 'FileSystemResizePending');
      const ageMs = snapshot.ageMs(pending?.lastTransitionTime) ?? 0;
      if (!pending || ageMs <= graceMs) return [];
      return [
        findingOf(snapshot, claim, {
          pods,
          facts: conditionFacts(claim, 'FileSystemResizePending'),
          mustDetach: false,
        }),
      ];
    }),
});

function conditionFacts(claim: PersistentVolumeClaim, type: string): Evidence[] {
  const condition = claimCondition(claim, type);
  return [
    evidence(claim, `status.conditions[${type}].status`, condition?.status),
    evidence(claim, `status.conditions[${type}].lastTransitionTime`, condition?.lastTransitionTime),
    evidence(claim, `status.conditions[${type}].message`, condition?.message),
    evidence(claim, 'status.allocatedResourceStatuses[storage]', resizeStatus(claim)),
  ];
}

interface Blocked {
  pods: readonly Pod[];
  facts: Evidence[];
  mustDetach: boolean;
}

function findingOf(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  { pods, facts, mustDetach }: Blocked,
): FindingDraft {
  const { name } = claim.metadata;
  const volumeName = claim.spec?.volumeName ?? '';
  const attachments = attachmentsOfVolume(snapshot, volumeName);
  return {
    subject: refTo(claim),
    related: [...pods, ...attachments].map(refTo),
    sentence: mustDetach
      ? `Claim ${name} can't grow while its disk is attached, and pod ${pods[0]?.metadata.name} has it.`
      : `The disk of claim ${name} has grown; its file system grows only when pod ${pods[0]?.metadata.name} starts again.`,
    evidence: [...facts, ...pods.map((pod) => evidence(pod, 'status.phase', pod.status?.phase))],
    actions: [
      ...(mustDetach
        ? [
            harmless({
              title: 'Scale the workload to zero, and wait until the disk is detached',
              why: 'The resizer tries again by itself. Scale up only once the claim has its new size; a scheduling gate on the pod template keeps new pods waiting meanwhile.',
              commands: [
                kubectl(['get', 'volumeattachments']),
                kubectl(['get', 'persistentvolumeclaim', name, '--watch'], claim.metadata.namespace),
              ],
            }),
          ]
        : pods.map((pod) =>
            guarded(
              {
                title: `Restart pod ${pod.metadata.name}`,
                why: 'The file system grows while the volume is mounted for the new pod.',
                commands: [kubectl(['delete', 'pod', pod.metadata.name], pod.metadata.namespace)],
              },
              [nodeIsHeard(snapshot, pod.spec?.nodeName ?? ''), podComesBack(pod)],
            ),
          )),
      wrongMoves.forceDeletePod,
    ],
  };
}
