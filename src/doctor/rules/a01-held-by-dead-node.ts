// A01: a volume for one node is attached to a node that is not heard, and a pod waits for it on another.

import type { Node, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { isAttached, isMultiAttach } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { takeOutOfService } from '../safety/out-of-service.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import {
  attachmentsOnNode,
  claimOfVolume,
  newestEvent,
  podsOfClaim,
  podsOnNode,
  readinessOf,
} from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a01HeldByDeadNode = defineRule({
  id: 'A01',
  title: 'Volume held by a node that is not heard',
  severity: 'Critical',
  needs: ['nodes', 'pods', 'claims', 'volumes', 'attachments'],
  reads: ['events'],
  page: {
    symptom:
      '"Multi-Attach error for volume … Volume is already exclusively attached to one node and can\'t be attached to another".',
    cause:
      'The volume can be used by one node at a time. The node that has it is dead or cut off, and has not let go of it.',
    consequence: 'The pod on the other node waits until someone proves that the first node no longer writes.',
    remedy: 'Prove that the node is off, then set the out-of-service taint on it: the volume is detached at once.',
    wrongMoves:
      'Deleting the VolumeAttachment or detaching at the provider while the node may live: two writers destroy the file system.',
    sources: [
      'https://github.com/longhorn/longhorn/issues/5345',
      'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/',
    ],
  },
  examine: (snapshot) =>
    snapshot
      .all('nodes')
      .filter((node) => readinessOf(node) !== 'True')
      .flatMap((node) =>
        attachmentsOnNode(snapshot, node.metadata.name)
          .filter(isAttached)
          .flatMap((attachment) => {
            const volume = snapshot.find('volumes', { name: attachment.spec.source.persistentVolumeName ?? '' });
            if (!volume || isMultiAttach(volume)) return [];
            const pod = waitingElsewhere(snapshot, volume, node);
            return pod ? [findingOf(snapshot, { node, attachment, volume, pod })] : [];
          }),
      ),
});

/** A pod of the volume's claim that has another node and has not started there. */
function waitingElsewhere(snapshot: Snapshot, volume: PersistentVolume, node: Node): Pod | undefined {
  const claim = claimOfVolume(snapshot, volume);
  if (!claim) return undefined;
  return podsOfClaim(snapshot, claim).find(
    ({ spec, status, metadata }) =>
      spec?.nodeName &&
      spec.nodeName !== node.metadata.name &&
      status?.phase === 'Pending' &&
      !metadata.deletionTimestamp,
  );
}

interface Held {
  node: Node;
  attachment: VolumeAttachment;
  volume: PersistentVolume;
  pod: Pod;
}

function findingOf(snapshot: Snapshot, { node, attachment, volume, pod }: Held): FindingDraft {
  const { name } = node.metadata;
  const event = newestEvent(snapshot.eventsOf(pod), eventTexts.multiAttach);
  const former = claimOfVolume(snapshot, volume);
  const old = podsOnNode(snapshot, name).filter((each) => former && podsOfClaim(snapshot, former).includes(each));
  return {
    subject: refTo(volume),
    related: [attachment, node, pod, ...old].map(refTo),
    sentence: `Pod ${pod.metadata.name} waits on ${pod.spec?.nodeName} for the volume ${volume.metadata.name}, which is still attached to ${name}, and ${name} is not heard.`,
    evidence: [
      evidence(attachment, 'status.attached', true),
      evidence(attachment, 'spec.nodeName', name),
      evidence(node, 'status.conditions[Ready].status', readinessOf(node)),
      evidence(volume, 'spec.accessModes', volume.spec?.accessModes),
      ...old.map((each) => evidence(each, 'metadata.deletionTimestamp', each.metadata.deletionTimestamp)),
      ...(event ? [evidence(event, 'message', event.message)] : []),
    ],
    blames: [refTo(node)],
    actions: [
      harmless({
        title: 'Bring the node back',
        why: 'It then unmounts and lets go of the volume in good order, and nothing has to be proven.',
        commands: [kubectl(['describe', 'node', name])],
      }),
      takeOutOfService(snapshot, name, attachmentsOnNode(snapshot, name)),
      wrongMoves.deleteAttachment,
      wrongMoves.forceDeletePod,
    ],
  };
}
