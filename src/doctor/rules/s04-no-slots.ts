// S04: a node has as many disks as it can, or fewer than it says it can.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { CSINode, VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { attachmentsOnNode, registeredDriver, stuckPods, unschedulable } from '../snapshot/joins.ts';
import { driversOfPod } from '../snapshot/node-plugins.ts';
import { siftPods, unsettledAttachments } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** Codes of gRPC by number, as `attachError.errorCode` holds them. */
const resourceExhausted = 8;

export const s04NoSlots = defineRule({
  id: 'S04',
  title: 'No slot left for another disk',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'csiNodes', 'attachments'],
  page: {
    symptom:
      '"node(s) exceed max volume count" on a pod; or an attachment that fails with ResourceExhausted, and the disk stays "attaching".',
    cause:
      'A node can hold only so many disks. The slots are used up, or fewer than the driver has counted, as where network cards share them.',
    consequence: 'The pod does not start where it is sent, or nowhere.',
    remedy:
      'Spread the pods over more nodes, or move some away. Since 1.36 a driver can correct the count of a node by itself.',
    wrongMoves:
      'Raising the limit without knowing what the machine can do: pods are then sent to where their disks stay "attaching".',
    sources: [
      'https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/4876-mutable-csinode-allocatable',
    ],
  },
  examine: (snapshot, { graceMs }) => [
    ...stuckPods(snapshot, graceMs).flatMap((pod) => ofStuckPod(snapshot, pod)),
    ...unsettledAttachments(snapshot).flatMap((attachment) => ofFailedAttachment(snapshot, attachment)),
    ...siftPods(snapshot)
      .failed.filter(({ status }) => status?.reason === 'VolumeAttachmentLimitExceeded')
      .map(ofRefusedPod),
  ],
});

/** Nodes with a limit for the driver, and those of them that have reached it. */
interface Slots {
  limited: readonly CSINode[];
  full: readonly { csiNode: CSINode; count: number; used: number }[];
}

function slotsOf(snapshot: Snapshot, driver: string): Slots {
  return snapshot.remember(`slotsOf ${driver}`, () => {
    const limited = snapshot
      .all('csiNodes')
      .filter((each) => registeredDriver(each, driver)?.allocatable?.count !== undefined);
    const counted = limited.map((csiNode) => ({
      csiNode,
      count: registeredDriver(csiNode, driver)?.allocatable?.count ?? 0,
      used: usedSlots(snapshot, csiNode.metadata.name, driver),
    }));
    return { limited, full: counted.filter(({ count, used }) => used >= count) };
  });
}

function usedSlots(snapshot: Snapshot, nodeName: string, driver: string): number {
  return attachmentsOnNode(snapshot, nodeName).filter(({ spec }) => spec.attacher === driver).length;
}

function ofStuckPod(snapshot: Snapshot, pod: Pod): FindingDraft[] {
  const message = unschedulable(pod)?.message ?? '';
  const isSaid = /exceed max volume count/.test(message);
  for (const driver of driversOfPod(snapshot, pod)) {
    const { limited, full } = slotsOf(snapshot, driver);
    const isEverywhere = limited.length > 0 && full.length === limited.length;
    if (full.length === 0 || !(isSaid || isEverywhere)) continue;
    const nodes = full.length === 1 ? `node ${full[0]?.csiNode.metadata.name}` : `${full.length} nodes`;
    return [
      {
        subject: refTo(pod),
        related: full.slice(0, 10).map(({ csiNode }) => refTo(csiNode)),
        sentence: `Pod ${pod.metadata.name} finds no node for its disk, because ${nodes} can not take another disk of ${driver}.`,
        evidence: [
          ...full.slice(0, 3).flatMap(({ csiNode, count, used }) => slotFacts(csiNode, { driver, count, used })),
          evidence(pod, 'status.conditions[PodScheduled].message', message),
        ],
        actions: [spread, inspect(full.map(({ csiNode }) => csiNode.metadata.name)), raiseBlindly],
      },
    ];
  }
  return [];
}

function slotFacts(
  csiNode: CSINode,
  { driver, count, used }: { driver: string; count: number; used: number },
): Evidence[] {
  return [
    evidence(csiNode, `spec.drivers[${driver}].allocatable.count`, count),
    evidence({ kind: 'VolumeAttachment', name: '*' }, `spec.nodeName=${csiNode.metadata.name}`, `${used} attachments`),
  ];
}

/** An attachment that the backend refuses for want of a slot, although the count says that there is one. */
function ofFailedAttachment(snapshot: Snapshot, attachment: VolumeAttachment): FindingDraft[] {
  const { attacher: driver, nodeName } = attachment.spec;
  const error = attachment.status?.attachError;
  const isExhausted = error?.errorCode === resourceExhausted || /ResourceExhausted/.test(error?.message ?? '');
  if (!error || attachment.status?.attached || !isExhausted) return [];
  const csiNode = snapshot.find('csiNodes', { name: nodeName });
  const count = registeredDriver(csiNode, driver)?.allocatable?.count;
  const used = usedSlots(snapshot, nodeName, driver);
  return [
    {
      subject: refTo(attachment),
      related: csiNode ? [refTo(csiNode)] : [],
      sentence: `Node ${nodeName} can not take another disk, although its count of slots for ${driver} says ${count === undefined ? 'nothing of a limit' : `${count}, and ${used} are used`}.`,
      evidence: [
        evidence(attachment, 'status.attachError.message', error.message),
        ...(csiNode ? [evidence(csiNode, `spec.drivers[${driver}].allocatable.count`, count)] : []),
      ],
      actions: [
        harmless({
          title: 'Let the driver correct its count',
          why: 'Since 1.36 the kubelet asks again if the CSIDriver sets nodeAllocatableUpdatePeriodSeconds.',
          commands: [kubectl(['get', 'csidriver', driver, '-o', 'yaml'])],
        }),
        spread,
        inspect([nodeName]),
        raiseBlindly,
      ],
    },
  ];
}

/** A pod that the kubelet has given up, as its node had no slot after all. */
function ofRefusedPod(pod: Pod): FindingDraft {
  const nodeName = pod.spec?.nodeName ?? '';
  return {
    subject: refTo(pod),
    sentence: `Pod ${pod.metadata.name} was given up, because node ${nodeName} had no slot for its disk.`,
    evidence: [
      evidence(pod, 'status.reason', pod.status?.reason),
      evidence(pod, 'status.message', pod.status?.message),
    ],
    actions: [spread, inspect([nodeName]), raiseBlindly],
  };
}

const spread = forExpert({
  title: 'Spread the pods with disks over more nodes',
  why: 'Moving a pod stops it for a while; which one may move is for its owner to say.',
});

function inspect(nodeNames: readonly string[]): ReturnType<typeof harmless> {
  return harmless({
    title: 'See which disks the nodes hold',
    why: 'Attachments that no pod needs any more take slots too.',
    commands: [
      kubectl(['get', 'volumeattachments']),
      ...nodeNames.slice(0, 3).map((name) => kubectl(['get', 'csinode', name, '-o', 'yaml'])),
    ],
  });
}

const raiseBlindly = wrongMove({
  title: 'Raise the limit by hand',
  why: 'The machine has the slots it has. Pods are then sent to where their disks stay "attaching" for ever.',
});
