// A07: a volume was taken from a node that may still write to it, as the six minutes of patience were over.

import { nodeCondition } from '../../apis/core/conditions.ts';
import type { Node, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { isMultiAttach } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { takeOutOfService } from '../safety/out-of-service.ts';
import { nodeIsFenced } from '../safety/proofs.ts';
import {
  attachmentsOfVolume,
  attachmentsOnNode,
  claimsOfPod,
  podsOnNode,
  readinessOf,
  volumeOfClaim,
} from '../snapshot/joins.ts';
import { uniqueVolumeName } from '../snapshot/node-plugins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Source: kube-controller-manager, attach-detach reconciler, maxWaitForUnmountDuration. */
const maxWaitForUnmountMs = 6 * 60_000;

export const a07ForceDetach = defineRule({
  id: 'A07',
  title: 'Volume detached by force from a node that may live',
  severity: 'Critical',
  needs: ['nodes', 'pods', 'claims', 'volumes', 'attachments', 'drivers'],
  reads: ['logs'],
  page: {
    symptom:
      'Log of kube-controller-manager: "not safe to detach, but maxWaitForUnmountDuration expired, force detaching".',
    cause:
      'The node was not heard for more than six minutes while a pod of its was being deleted. The controller then detaches its volumes without knowing whether they are unmounted.',
    consequence:
      'If the node lives and the backend does not cut it off, two nodes write to one disk, and the file system is lost.',
    remedy: 'Make sure now that the node is off. Switch force detach off, and fence nodes instead.',
    wrongMoves: 'Taking the force detach for fencing: it waits six minutes and asks nobody.',
    sources: ['https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/'],
  },
  examine: (snapshot) => {
    if (!snapshot.covers('attachments')) return [];
    return snapshot
      .all('nodes')
      .filter((node) => isUnheardFor(snapshot, node, maxWaitForUnmountMs) && !isOutOfService(node))
      .flatMap((node) => volumesTaken(snapshot, node).map((taken) => findingOf(snapshot, taken)));
  },
});

function isUnheardFor(snapshot: Snapshot, node: Node, forMs: number): boolean {
  const silentMs = snapshot.ageMs(nodeCondition(node, 'Ready')?.lastTransitionTime) ?? 0;
  return readinessOf(node) !== 'True' && silentMs > forMs;
}

interface Taken {
  node: Node;
  pod: Pod;
  volume: PersistentVolume;
  /** What is left of the node's own attachment. */
  own: VolumeAttachment | undefined;
  /** An attachment of another node. */
  other: VolumeAttachment | undefined;
}

/** Volumes that the node still lists as in use, whose attachment to it is gone or going, with the pod that uses them. */
function volumesTaken(snapshot: Snapshot, node: Node): Taken[] {
  const inUse = new Set(node.status?.volumesInUse ?? []);
  return podsOnNode(snapshot, node.metadata.name)
    .filter(({ metadata }) => (snapshot.ageMs(metadata.deletionTimestamp) ?? 0) > maxWaitForUnmountMs)
    .flatMap((pod) =>
      claimsOfPod(snapshot, pod).flatMap((claim) => {
        const volume = volumeOfClaim(snapshot, claim);
        if (!volume || isMultiAttach(volume) || !inUse.has(uniqueVolumeName(volume) ?? '')) return [];
        if (snapshot.find('drivers', { name: volume.spec?.csi?.driver ?? '' })?.spec.attachRequired === false)
          return [];
        const attachments = attachmentsOfVolume(snapshot, volume.metadata.name);
        const own = attachments.find(({ spec }) => spec.nodeName === node.metadata.name);
        const other = attachments.find(({ spec }) => spec.nodeName !== node.metadata.name);
        const isHeld = own && !own.metadata.deletionTimestamp && !other;
        return isHeld ? [] : [{ node, pod, volume, own, other }];
      }),
    );
}

function findingOf(snapshot: Snapshot, { node, pod, volume, own, other }: Taken): FindingDraft {
  const { name } = node.metadata;
  const uniqueName = uniqueVolumeName(volume) ?? '';
  const line = snapshot
    .all('logs')
    .find(
      ({ text }) => /force detaching/.test(text) && (text.includes(uniqueName) || text.includes(volume.metadata.name)),
    );
  const attachments = attachmentsOnNode(snapshot, name);
  const fenced = nodeIsFenced(snapshot, name, own ? [own] : []);
  return {
    subject: refTo(volume),
    related: [node, pod, ...[own, other].filter((each) => each !== undefined)].map(refTo),
    sentence: `The volume ${volume.metadata.name} ${other ? `is attached to ${other.spec.nodeName}` : 'is being taken'} away from ${name}, which is not heard and may still write to it.`,
    evidence: [
      evidence(node, 'status.conditions[Ready].status', readinessOf(node)),
      evidence(node, 'status.conditions[Ready].lastTransitionTime', nodeCondition(node, 'Ready')?.lastTransitionTime),
      evidence(node, `status.volumesInUse[${uniqueName}]`, 'listed'),
      evidence(pod, 'metadata.deletionTimestamp', pod.metadata.deletionTimestamp),
      own
        ? evidence(own, 'metadata.deletionTimestamp', own.metadata.deletionTimestamp)
        : absence('VolumeAttachment', 'spec.nodeName', `${name} for ${volume.metadata.name}`),
      ...(other ? [evidence(other, 'spec.nodeName', other.spec.nodeName)] : []),
      ...(line ? [evidence(line, 'text', line.text)] : []),
    ],
    blames: [refTo(node)],
    actions: [
      harmless({
        title: `Find out at once whether ${name} is off`,
        why: fenced.howTo,
        commands: [kubectl(['describe', 'node', name])],
      }),
      takeOutOfService(snapshot, name, attachments),
      forExpert({
        title: 'Stop the writer on the other node until that is known',
        why: 'Which of the two may go on, and whether the file system is still sound, has to be judged from the disk.',
      }),
      forExpert({
        title: 'Start kube-controller-manager with --disable-force-detach-on-timeout',
        why: 'Volumes are then only taken from nodes that are proven to be off. Something has to prove it, or failover stops.',
      }),
      wrongMove({
        title: 'Rely on the force detach as fencing',
        why: 'It waits six minutes and asks nobody. Whether the node still writes, it does not know.',
      }),
    ],
  };
}
