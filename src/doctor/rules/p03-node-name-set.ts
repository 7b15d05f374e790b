// P03: a pod names its node itself, so nobody told the provisioner where to make the volume.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { classOfClaim, podsOfClaim, waitingClaims } from '../snapshot/joins.ts';

export const p03NodeNameSet = defineRule({
  id: 'P03',
  title: 'Pod that went around the scheduler',
  severity: 'Medium',
  needs: ['claims', 'classes', 'pods'],
  page: {
    symptom:
      'The claim says "waiting for first consumer to be created before binding" for ever, although a pod that uses it exists and has a node.',
    cause:
      'The pod has spec.nodeName set from the start. With WaitForFirstConsumer it is the scheduler that writes the chosen node on the claim, and this pod never met it.',
    consequence: 'No volume is made, and the pod stays in ContainerCreating.',
    remedy: 'Replace nodeName by a node selector on kubernetes.io/hostname, and let the pod be made again.',
    wrongMoves:
      'Writing the annotation volume.kubernetes.io/selected-node by hand: it skips every check of zone and capacity, and the next pod is stuck again.',
    sources: ['https://kubernetes.io/docs/concepts/storage/storage-classes/'],
  },
  examine: (snapshot, { graceMs }) =>
    waitingClaims(snapshot)
      .filter((claim) => claim.metadata.annotations?.[annotations.selectedNode] === undefined)
      .filter((claim) => classOfClaim(snapshot, claim)?.volumeBindingMode === 'WaitForFirstConsumer')
      .flatMap((claim) => {
        const pod = podsOfClaim(snapshot, claim).find(
          ({ spec, status, metadata }) =>
            spec?.nodeName &&
            status?.phase === 'Pending' &&
            !metadata.deletionTimestamp &&
            (snapshot.ageMs(metadata.creationTimestamp) ?? 0) > graceMs,
        );
        return pod ? [findingOf(claim, pod)] : [];
      }),
});

function findingOf(claim: PersistentVolumeClaim, pod: Pod): FindingDraft {
  const { namespace, name } = pod.metadata;
  const nodeName = pod.spec?.nodeName ?? '';
  const [owner] = pod.metadata.ownerReferences ?? [];
  const isNew = pod.status?.phase === 'Pending' && !pod.status.containerStatuses?.some(({ started }) => started);
  return {
    subject: refTo(claim),
    related: [refTo(pod)],
    sentence: `Claim ${claim.metadata.name} waits for the scheduler, but pod ${name} was put on ${nodeName} without it, so no volume is made.`,
    evidence: [
      evidence(pod, 'spec.nodeName', nodeName),
      evidence(claim, `metadata.annotations[${annotations.selectedNode}]`, undefined),
    ],
    actions: [
      harmless({
        title: 'Find where spec.nodeName comes from',
        why: owner
          ? `It stands in the template of ${owner.kind} ${owner.name}; there it has to become a node selector.`
          : 'The pod was made by hand; its manifest needs a node selector in the place of nodeName.',
        commands: [
          owner
            ? kubectl(['get', owner.kind.toLowerCase(), owner.name, '-o', 'yaml'], namespace)
            : kubectl(['get', 'pod', name, '-o', 'yaml'], namespace),
        ],
      }),
      guarded(
        {
          title: 'Delete the pod once its template has a node selector instead',
          why: 'The pod that takes its place goes through the scheduler, and the volume is made for its node.',
          commands: [kubectl(['delete', 'pod', name], namespace)],
        },
        [
          {
            claim: `pod ${name} has never run, so nothing is lost with it`,
            found: isNew ? evidence(pod, 'status.phase', pod.status?.phase) : undefined,
            howTo: `Look at its containers: ${kubectl(['describe', 'pod', name], namespace)}`,
          },
          {
            claim: `something makes pod ${name} again`,
            found: owner && evidence(pod, 'metadata.ownerReferences', `${owner.kind}/${owner.name}`),
            howTo: 'Keep its manifest, and apply that again with a node selector.',
          },
        ],
      ),
      wrongMove({
        title: `Write the annotation ${annotations.selectedNode} by hand`,
        why: 'It skips every check of zone and capacity, and the next pod from the same template is stuck again.',
      }),
    ],
  };
}
