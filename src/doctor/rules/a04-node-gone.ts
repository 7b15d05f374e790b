// A04: attachments name a node that does not exist any more.

import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { grouped } from '../../base/grouped.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsFenced } from '../safety/proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a04NodeGone = defineRule({
  id: 'A04',
  title: 'Attachments to a node that is gone',
  severity: 'High',
  needs: ['attachments', 'nodes'],
  page: {
    symptom:
      'A VolumeAttachment names a node that `kubectl get nodes` does not show; pods elsewhere wait for the volume.',
    cause: 'The Node was deleted before its volumes were detached.',
    consequence: 'The volume stays taken: no other node gets it, and it can not be deleted.',
    remedy:
      'Make sure at the provider that the machine is gone or off, then delete the attachment; the driver detaches the disk.',
    wrongMoves: 'Removing the finalizer first: the disk stays attached at the backend, and no object remembers it.',
    sources: ['https://github.com/kubernetes-csi/external-attacher/issues/215'],
  },
  examine: (snapshot, { graceMs }) => {
    if (!snapshot.covers('nodes')) return [];
    const left = snapshot.all('attachments').filter(({ spec, metadata }) => {
      if (snapshot.find('nodes', { name: spec.nodeName })) return false;
      const sinceMs = snapshot.ageMs(metadata.deletionTimestamp ?? metadata.creationTimestamp) ?? 0;
      return sinceMs > graceMs;
    });
    return [...grouped(left, ({ spec }) => spec.nodeName)].map(([nodeName, attachments]) =>
      findingOf(snapshot, nodeName, attachments),
    );
  },
});

function findingOf(snapshot: Snapshot, nodeName: string, attachments: readonly VolumeAttachment[]): FindingDraft {
  const many = attachments.length === 1 ? 'a volume' : `${attachments.length} volumes`;
  return {
    subject: { kind: 'Node', name: nodeName },
    related: attachments.map(refTo),
    sentence: `Node ${nodeName} is gone from the cluster and still has ${many}, which no other node can get.`,
    evidence: [
      absence('Node', 'metadata.name', nodeName),
      ...attachments
        .slice(0, 5)
        .flatMap((attachment) => [
          evidence(attachment, 'spec.nodeName', nodeName),
          evidence(attachment, 'metadata.finalizers', attachment.metadata.finalizers),
        ]),
    ],
    actions: [
      guarded(
        {
          title: `Delete ${attachments.length === 1 ? 'the attachment' : 'the attachments'}, and let the driver detach`,
          why: 'The finalizer stays until the driver has detached the disk; other nodes can have it then.',
          commands: attachments.map(({ metadata }) =>
            kubectl(['delete', 'volumeattachment', metadata.name, '--wait=false']),
          ),
        },
        [nodeIsFenced(snapshot, nodeName, attachments)],
      ),
      harmless({
        title: 'Look for the machine at the provider',
        why: 'A Node object can be deleted while its machine runs on, and writes.',
        commands: [kubectl(['get', 'volumeattachments'])],
      }),
      wrongMoves.nullFinalizers,
      wrongMoves.deleteAttachment,
    ],
  };
}
