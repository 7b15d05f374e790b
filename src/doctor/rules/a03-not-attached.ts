// A03: volumes are to be attached, and the part of the driver that would do it is missing.

import { isPodReady } from '../../apis/core/conditions.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { attacherFinalizer } from '../../apis/storage/names.ts';
import { grouped } from '../../base/grouped.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import type { Settings } from '../settings.ts';
import { registeredDriver } from '../snapshot/joins.ts';
import { isLeaseStale, leaseOf, sidecarPods } from '../snapshot/sidecars.ts';
import { unsettledAttachments } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a03NotAttached = defineRule({
  id: 'A03',
  title: 'Attachments that nobody serves',
  severity: 'High',
  needs: ['attachments', 'csiNodes', 'leases', 'pods'],
  page: {
    symptom:
      '"timed out waiting for external-attacher of … CSI driver", or an attachment with the error "CSINode … does not contain driver …".',
    cause: "The driver's attacher does not run, or its node plugin is not registered on the node.",
    consequence: 'No pod with a volume of the driver starts: on that node, or anywhere.',
    remedy: 'Bring the attacher or the node plugin back. Attachments that wait are served by themselves.',
    wrongMoves:
      'Setting attachRequired to false: the kubelet then mounts disks that are not there, or that another node has.',
    sources: ['https://github.com/kubernetes-csi/external-attacher/blob/master/pkg/controller/csi_handler.go'],
  },
  examine: (snapshot, settings) => {
    const waiting = unsettledAttachments(snapshot).filter(
      ({ status, metadata }) =>
        !status?.attached &&
        !metadata.deletionTimestamp &&
        (snapshot.ageMs(metadata.creationTimestamp) ?? 0) > settings.graceMs,
    );
    const unplugged = waiting.filter((each) => isUnplugged(snapshot, each));
    const untouched = waiting.filter((each) => isUntouched(each) && !unplugged.includes(each));
    return [
      ...[...grouped(unplugged, ({ spec }) => spec.nodeName)].map(([nodeName, attachments]) =>
        ofNode(snapshot, nodeName, attachments),
      ),
      ...[...grouped(untouched, ({ spec }) => spec.attacher)].map(([driver, attachments]) =>
        ofAttacher(snapshot, { driver, attachments, settings }),
      ),
    ];
  },
});

/** Is the driver's node plugin not registered on the attachment's node? */
function isUnplugged(snapshot: Snapshot, { spec: { nodeName, attacher } }: VolumeAttachment): boolean {
  const csiNode = snapshot.find('csiNodes', { name: nodeName });
  if (!csiNode && !snapshot.covers('csiNodes')) return false;
  // The attachment of a node that is gone is another rule's.
  if (!csiNode && !snapshot.find('nodes', { name: nodeName })) return false;
  return !registeredDriver(csiNode, attacher);
}

/** Has no attacher ever looked at it? The first thing that one does is to set its finalizer. */
function isUntouched({ status, metadata, spec }: VolumeAttachment): boolean {
  return !status?.attachError && !metadata.finalizers?.includes(attacherFinalizer(spec.attacher));
}

function ofNode(snapshot: Snapshot, nodeName: string, attachments: readonly VolumeAttachment[]): FindingDraft {
  const csiNode = snapshot.find('csiNodes', { name: nodeName });
  const subject = { kind: 'CSINode', name: nodeName };
  const drivers = [...new Set(attachments.map(({ spec }) => spec.attacher))];
  return {
    subject,
    related: attachments.map(refTo),
    sentence: `Node ${nodeName} can not get ${counted(attachments)}, because the node plugin of ${drivers.join(', ')} is not registered there.`,
    evidence: [
      evidence(
        subject,
        'spec.drivers',
        csiNode?.spec.drivers.map(({ name }) => name),
      ),
      ...attachments.slice(0, 3).map(stateOf),
    ],
    blames: [subject, { kind: 'Node', name: nodeName }, ...drivers.map((name) => ({ kind: 'CSIDriver', name }))],
    actions: [
      harmless({
        title: "Look at the driver's node plugin on that node",
        why: 'Attachments that wait are served by themselves once it is registered.',
        commands: [
          kubectl(['get', 'csinode', nodeName, '-o', 'yaml']),
          kubectl(['get', 'pods', '--all-namespaces', '-o', 'wide', `--field-selector=spec.nodeName=${nodeName}`]),
        ],
      }),
      noAttach,
    ],
  };
}

function ofAttacher(
  snapshot: Snapshot,
  { driver, attachments, settings }: { driver: string; attachments: readonly VolumeAttachment[]; settings: Settings },
): FindingDraft {
  const lease = leaseOf(snapshot, driver, 'csi-attacher');
  const pods = sidecarPods(snapshot, driver, 'csi-attacher');
  const idle = pods.filter((pod) => !isPodReady(pod));
  const isStale = lease && isLeaseStale(snapshot, lease, settings);
  const subject = { kind: 'CSIDriver', name: driver };
  return {
    subject,
    related: [...attachments, ...pods].map(refTo),
    sentence: `The attacher of ${driver} does not look at ${counted(attachments)} that ${attachments.length === 1 ? 'waits' : 'wait'} for it${isStale ? ', and no longer renews its lease' : ''}.`,
    evidence: [
      ...attachments.slice(0, 3).map(stateOf),
      ...(lease ? [evidence(lease, 'spec.renewTime', lease.spec?.renewTime)] : []),
      ...idle.slice(0, 3).map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
    ],
    blames: [subject],
    actions: [
      harmless({
        title: 'Find the attacher, and why it does not run',
        why: 'Attachments that wait are served by themselves as soon as it runs.',
        commands: [
          ...pods
            .slice(0, 2)
            .flatMap(({ metadata: { namespace, name } }) => [
              kubectl(['describe', 'pod', name], namespace),
              kubectl(['logs', name, '-c', 'csi-attacher', '--tail=50'], namespace),
            ]),
          kubectl(['get', 'leases', '--all-namespaces']),
        ],
      }),
      noAttach,
    ],
  };
}

function counted(attachments: readonly VolumeAttachment[]): string {
  const [first] = attachments;
  const name = first?.spec.source.persistentVolumeName ?? first?.metadata.name ?? '';
  return attachments.length === 1 ? `the volume ${name}` : `${attachments.length} volumes`;
}

function stateOf(attachment: VolumeAttachment): ReturnType<typeof evidence> {
  const message = attachment.status?.attachError?.message;
  return message
    ? evidence(attachment, 'status.attachError.message', message)
    : evidence(attachment, 'status.attached', attachment.status?.attached);
}

const noAttach = wrongMove({
  title: 'Set attachRequired of the CSIDriver to false',
  why: 'The kubelet then mounts disks that are not attached, or that another node still has.',
});
