// P02: a claim waits for its first pod, as it should, and no node will have that pod.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { classOfClaim, isUnscheduledFor, podsOfClaim, unschedulable, waitingClaims } from '../snapshot/joins.ts';

export const p02PodNotScheduled = defineRule({
  id: 'P02',
  title: 'Claim waits for a pod that no node will have',
  severity: 'Low',
  needs: ['claims', 'classes', 'pods'],
  page: {
    symptom:
      'The claim stays Pending with "waiting for first consumer to be created before binding" (an event of type Normal), and its pod stays Pending too.',
    cause:
      'The class makes a volume only once a node is chosen for the first pod (WaitForFirstConsumer). No node fits that pod, so there is no volume.',
    consequence: 'Neither the pod nor its volume comes into being.',
    remedy:
      'Do what the scheduler asks for: room for the pod, or another node selector, affinity or toleration. The claim follows by itself.',
    wrongMoves: 'Switching the class to Immediate: the volume may then be made in a zone where the pod can never run.',
    sources: ['https://kubernetes.io/docs/concepts/storage/storage-classes/'],
  },
  examine: (snapshot, { graceMs }) =>
    waitingClaims(snapshot)
      .filter((claim) => classOfClaim(snapshot, claim)?.volumeBindingMode === 'WaitForFirstConsumer')
      .flatMap((claim) => {
        const pod = podsOfClaim(snapshot, claim).find((each) => isUnscheduledFor(snapshot, each, graceMs));
        return pod ? [findingOf(claim, pod)] : [];
      }),
});

function findingOf(claim: PersistentVolumeClaim, pod: Pod): FindingDraft {
  const { namespace, name } = pod.metadata;
  return {
    subject: refTo(claim),
    related: [refTo(pod)],
    sentence: `Claim ${claim.metadata.name} gets its volume once pod ${name} has a node, and no node will have that pod.`,
    evidence: [
      evidence(claim, 'status.phase', claim.status?.phase),
      evidence(pod, 'status.conditions[PodScheduled].message', unschedulable(pod)?.message),
    ],
    // Something else about the claim, or about the pod, may be why no node will do.
    blames: [refTo(claim), refTo(pod)],
    actions: [
      harmless({
        title: 'Give the pod a node that fits it',
        why: 'The message names what each node lacks; the volume is made as soon as one node is chosen.',
        commands: [kubectl(['describe', 'pod', name], namespace), kubectl(['get', 'nodes', '-o', 'wide'])],
      }),
      wrongMove({
        title: 'Switch the class to Immediate',
        why: 'The volume is then made before the scheduler has a say, perhaps where this pod can never run.',
      }),
    ],
  };
}
