// M01: a pod waits for its volumes. Always a symptom: it blames everything between the pod and its disk.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { attachmentsOfVolume, claimsOfPod, newestEvent, volumeOfClaim } from '../snapshot/joins.ts';
import { waitingPods } from '../snapshot/mounts.ts';
import { nfsServerOf, serverRef } from '../snapshot/nfs.ts';
import { secretsOfVolume } from '../snapshot/secret-refs.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m01MountTimedOut = defineRule({
  id: 'M01',
  title: 'Pod waits for its volumes',
  severity: 'Medium',
  needs: ['pods', 'claims', 'events'],
  page: {
    symptom:
      'The pod stays in ContainerCreating: "Unable to attach or mount volumes: unmounted volumes=[…] timed out waiting for the condition".',
    cause:
      'Something between the pod and its disk has not happened: the binding, the attachment, the staging or the mount.',
    consequence: 'The pod does not start.',
    remedy:
      'Find the first step that is missing, and mend that: the claim, the attachment, the CSI node plugin, the node.',
    wrongMoves: 'Restarting kubelets at random: it hides the cause, and every volume of the node is looked at again.',
    sources: ['https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/1163'],
  },
  examine: (snapshot) => waitingPods(snapshot).flatMap((pod) => findingOf(snapshot, pod)),
});

function findingOf(snapshot: Snapshot, pod: Pod): FindingDraft[] {
  const event = newestEvent(snapshot.eventsOf(pod), eventTexts.unmountedVolumes);
  if (!event) return [];
  const { namespace, name } = pod.metadata;
  const claims = claimsOfPod(snapshot, pod);
  const nodeName = pod.spec?.nodeName ?? '';
  return [
    {
      subject: refTo(pod),
      related: claims.map(refTo),
      sentence: `Pod ${name} waits for its volumes on ${nodeName}, and something on the way to them is missing.`,
      evidence: [evidence(pod, 'status.phase', pod.status?.phase), evidence(event, 'message', event.message)],
      blames: suspects(snapshot, pod),
      actions: [
        harmless({
          title: 'Look at what the pod waits for',
          why: 'No other finding explains this one.',
          commands: [kubectl(['describe', 'pod', name], namespace), kubectl(['get', 'volumeattachments'])],
        }),
        wrongMove({
          title: 'Restart kubelets at random',
          why: 'It hides the cause and looks at every volume of the node again.',
        }),
      ],
    },
  ];
}

/** Everything between the pod and its disk, the deepest first. */
function suspects(snapshot: Snapshot, pod: Pod): ObjectRef[] {
  const nodeName = pod.spec?.nodeName ?? '';
  const claims = claimsOfPod(snapshot, pod);
  const volumes = claims.map((claim) => volumeOfClaim(snapshot, claim)).filter((volume) => volume !== undefined);
  const attachments = volumes.flatMap((volume) => attachmentsOfVolume(snapshot, volume.metadata.name));
  return [
    { kind: 'Node', name: nodeName },
    { kind: 'CSINode', name: nodeName },
    ...attachments.flatMap((attachment) => [{ kind: 'Node', name: attachment.spec.nodeName }, refTo(attachment)]),
    ...volumes.flatMap((volume) => secretsOfVolume(volume).map(({ secret }) => secret)),
    ...volumes.map(nfsServerOf).flatMap((server) => (server ? serverRef(server) : [])),
    ...volumes.map(refTo),
    ...claims.map(refTo),
    refTo(pod),
  ];
}
