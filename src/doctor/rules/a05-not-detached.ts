// A05: a volume is to be detached, and that does not succeed.

import { isTerminated } from '../../apis/core/claims.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimOfVolume, podsOfClaim } from '../snapshot/joins.ts';
import { uniqueVolumeName } from '../snapshot/node-plugins.ts';
import { unsettledAttachments } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a05NotDetached = defineRule({
  id: 'A05',
  title: 'Volume that does not come off its node',
  severity: 'High',
  needs: ['attachments', 'nodes', 'volumes', 'claims', 'pods'],
  page: {
    symptom:
      'A VolumeAttachment is Terminating, often with a detachError, and the volume is wanted elsewhere or is to be deleted.',
    cause: 'The node has it mounted still, or the storage backend fails to detach it.',
    consequence: 'The volume stays taken until the cause is gone.',
    remedy: 'Mend what the error names. If the node can not unmount it, drain the node first, then reboot it.',
    wrongMoves: 'Removing the finalizers, or detaching at the provider, while the node has the volume mounted.',
    sources: ['https://github.com/kubernetes-csi/external-attacher/blob/master/pkg/controller/csi_handler.go'],
  },
  examine: (snapshot, { graceMs }) =>
    unsettledAttachments(snapshot).flatMap((attachment) => {
      const endingMs = snapshot.ageMs(attachment.metadata.deletionTimestamp);
      const node = snapshot.find('nodes', { name: attachment.spec.nodeName });
      // What is left of a node that is gone is another rule's.
      if (endingMs === undefined || endingMs <= graceMs || !node) return [];
      return [findingOf(snapshot, attachment, node)];
    }),
});

function findingOf(snapshot: Snapshot, attachment: VolumeAttachment, node: Node): FindingDraft {
  const { nodeName, attacher, source } = attachment.spec;
  const error = attachment.status?.detachError?.message;
  const volume = snapshot.find('volumes', { name: source.persistentVolumeName ?? '' });
  const uniqueName = volume && uniqueVolumeName(volume);
  const isMounted = uniqueName !== undefined && (node.status?.volumesInUse ?? []).includes(uniqueName);
  const users = volume ? usersOn(snapshot, { volumeName: volume.metadata.name, nodeName }) : [];
  const why = isMounted
    ? `${nodeName} still has it mounted`
    : error
      ? 'the storage backend refuses'
      : 'neither the node nor the backend says why';
  return {
    subject: refTo(attachment),
    related: [node, ...(volume ? [volume] : []), ...users].map(refTo),
    sentence: `The volume ${source.persistentVolumeName ?? attachment.metadata.name} does not come off node ${nodeName}: ${why}.`,
    evidence: [
      evidence(attachment, 'metadata.deletionTimestamp', attachment.metadata.deletionTimestamp),
      evidence(attachment, 'status.detachError.message', error),
      ...(uniqueName ? [evidence(node, `status.volumesInUse[${uniqueName}]`, isMounted ? 'listed' : undefined)] : []),
      ...users.map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
    ],
    blames: [refTo(node), { kind: 'CSINode', name: nodeName }, { kind: 'CSIDriver', name: attacher }],
    actions: [
      harmless({
        title: 'Find out what holds it',
        why: isMounted
          ? 'A pod that still runs there, or a mount that the node can not undo.'
          : 'The error of the attachment and the log of the attacher name what the backend lacks.',
        commands: [
          kubectl(['get', 'volumeattachment', attachment.metadata.name, '-o', 'yaml']),
          kubectl(['get', 'pods', '--all-namespaces', '-o', 'wide', `--field-selector=spec.nodeName=${nodeName}`]),
          kubectl(['get', 'node', nodeName, '-o', 'jsonpath={.status.volumesInUse}']),
        ],
      }),
      forExpert({
        title: 'Drain the node, then reboot it',
        why: 'It ends every mount, also one that hangs. It moves all pods of the node, which their budgets may forbid.',
        commands: [kubectl(['drain', nodeName, '--ignore-daemonsets', '--delete-emptydir-data=false'])],
      }),
      wrongMoves.nullFinalizers,
      wrongMoves.deleteAttachment,
    ],
  };
}

/** Pods on the node that may have the volume mounted. */
function usersOn(
  snapshot: Snapshot,
  { volumeName, nodeName }: { volumeName: string; nodeName: string },
): readonly Pod[] {
  const volume = snapshot.find('volumes', { name: volumeName });
  const claim = volume && claimOfVolume(snapshot, volume);
  if (!claim) return [];
  return podsOfClaim(snapshot, claim).filter((pod) => pod.spec?.nodeName === nodeName && !isTerminated(pod));
}
