// What is the next step for the attachments of one volume? Detach before attach, and detach only on evidence.

import type { FenceProof } from '../../apis/amarre/types.ts';
import { isTerminated } from '../../apis/core/claims.ts';
import type { PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { isAttached, isMultiAttach, uniqueVolumeName } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { attacherFinalizer } from '../../apis/storage/names.ts';

/** What is known of a node. A node without an object is `Unknown`. */
export interface NodeView {
  exists: boolean;
  ready: 'True' | 'False' | 'Unknown';
  bootID: string;
  /** The driver's name for the node, from its CSINode; undefined while the driver is not registered there. */
  nodeId: string | undefined;
  volumesInUse: string[];
  volumesAttached: string[];
}

export interface AttachView {
  driver: string;
  volume: PersistentVolume;
  /** Is the claim that the volume is reserved for bound to it? */
  isBound: boolean;
  /** Does the CSIDriver object say that volumes are attached at all? */
  attachRequired: boolean;
  /** Pods that mount the volume's claim and have a node. */
  pods: Pod[];
  /** Attachments of this volume; at most one a node. */
  attachments: VolumeAttachment[];
  /** The nodes that pods and attachments name. */
  nodes: Map<string, NodeView>;
  /** Proofs about attachments of this volume. */
  proofs: FenceProof[];
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; why: string; notice?: { pod: Pod; message: string } }
  /** Keeps the volume's object while attachments may exist: detaching needs its handle. */
  | { type: 'HoldVolume' }
  | { type: 'ReleaseVolume' }
  | { type: 'CreateAttachment'; nodeName: string; nodeId: string; bootID: string }
  /** Gives an attachment that somebody else made the node ID and the finalizer. */
  | { type: 'AdoptAttachment'; attachment: VolumeAttachment; nodeId: string }
  | { type: 'Attach'; attachment: VolumeAttachment }
  /** Begins to detach: agents stop using the attachment from now on. */
  | { type: 'DeleteAttachment'; attachment: VolumeAttachment }
  /** Detaches in the storage, then lets the attachment go: its absence is the proof of detachment. */
  | { type: 'Detach'; attachment: VolumeAttachment };

/**
 * Decides the next step of one volume. Never by time: an attachment to a node that doesn't answer goes only
 * when a FenceProof names it.
 */
export function reconcile(view: AttachView): Step {
  const detach = nextDetach(view);
  if (detach.type !== 'Settled' && detach.type !== 'Wait') return detach;
  const attach = nextAttach(view);
  return attach.type === 'Settled' ? detach : attach;
}

function nextDetach(view: AttachView): Step {
  const { driver, volume, attachments } = view;
  const finalizer = attacherFinalizer(driver);
  let waiting: Step = { type: 'Settled' };
  for (const attachment of attachments) {
    const isDying = attachment.metadata.deletionTimestamp !== undefined;
    if (isDying && !attachment.metadata.finalizers?.includes(finalizer)) continue;
    if (!isDying && isWanted(attachment, view)) continue;
    const blocker = whyNotDetach(attachment, view);
    if (blocker !== undefined) waiting = { type: 'Wait', why: blocker };
    else if (!isDying) return { type: 'DeleteAttachment', attachment };
    else if (isReportedAttached(attachment, view))
      waiting = { type: 'Wait', why: 'node.status.volumesAttached still lists the volume' };
    else return { type: 'Detach', attachment };
  }
  const isFree = attachments.length === 0 && volume.metadata.deletionTimestamp !== undefined;
  if (isFree && volume.metadata.finalizers?.includes(finalizer)) return { type: 'ReleaseVolume' };
  return waiting;
}

/** Does a pod on the attachment's node want this very attachment? One that is proven fenced is of no use to anyone. */
function isWanted(attachment: VolumeAttachment, view: AttachView): boolean {
  if (!view.attachRequired || proofOf(attachment, view)) return false;
  return wanting(view, attachment.spec.nodeName).length > 0;
}

/** Why the attachment must stay; undefined if nothing can write through it any more. */
function whyNotDetach(attachment: VolumeAttachment, view: AttachView): string | undefined {
  const { nodeName } = attachment.spec;
  const pods = wanting(view, nodeName);
  const proof = proofOf(attachment, view);
  // Pods that came after the proof do not write through this attachment.
  const writers = proof ? pods.filter(({ metadata }) => proof.spec.podUIDs?.includes(metadata.uid)) : pods;
  // Agents mount nothing through an attachment that is being deleted: a pod that has not started waits for the next one.
  const isDying = attachment.metadata.deletionTimestamp !== undefined;
  const holder = writers.find((pod) => !isDying || hasStarted(pod));
  if (holder) return `pod ${holder.metadata.name} on node ${nodeName} wants the volume`;
  // Agents mount only what is reported as attached.
  if (proof || !isAttached(attachment)) return undefined;

  const node = view.nodes.get(nodeName);
  if (node?.ready !== 'True') return `node ${nodeName} does not answer, and no FenceProof names the attachment`;
  return node.volumesInUse.includes(nameOf(view)) ? `node ${nodeName} still uses the volume` : undefined;
}

/** May the pod have its volumes already? What its node reports in use says the same, but later. */
function hasStarted({ status }: Pod): boolean {
  return (status?.phase ?? 'Pending') !== 'Pending';
}

/** Has the node's status not been told yet? With a proof nobody reads it any more. */
function isReportedAttached(attachment: VolumeAttachment, view: AttachView): boolean {
  if (proofOf(attachment, view)) return false;
  const node = view.nodes.get(attachment.spec.nodeName);
  return node?.volumesAttached.includes(nameOf(view)) ?? false;
}

function nextAttach(view: AttachView): Step {
  const { driver, volume, attachments } = view;
  if (!view.isBound || !view.attachRequired || volume.metadata.deletionTimestamp) return { type: 'Settled' };
  let waiting: Step = { type: 'Settled' };
  for (const nodeName of nodesThatAttach(view)) {
    const node = view.nodes.get(nodeName);
    const attachment = attachments.find(({ spec }) => spec.nodeName === nodeName);
    if (attachment && (attachment.metadata.deletionTimestamp || isAttached(attachment) || proofOf(attachment, view)))
      continue;
    // Attaching to a node that doesn't answer would only make one more attachment to fence.
    if (!node?.exists || node.ready === 'Unknown') {
      waiting = { type: 'Wait', why: `node ${nodeName} does not answer` };
      continue;
    }
    if (node.nodeId === undefined) {
      const [pod] = wanting(view, nodeName);
      const message = `AttachVolume.Attach failed for volume "${volume.metadata.name}" : CSINode ${nodeName} does not contain driver ${driver}`;
      waiting = { type: 'Wait', why: 'driver not registered', ...(pod && { notice: { pod, message } }) };
      continue;
    }
    const elsewhere = attachments.filter(({ spec }) => spec.nodeName !== nodeName);
    if (elsewhere.length > 0 && !isMultiAttach(volume)) {
      waiting = multiAttach(view, nodeName);
      continue;
    }
    if (!volume.metadata.finalizers?.includes(attacherFinalizer(driver))) return { type: 'HoldVolume' };
    if (!attachment) return { type: 'CreateAttachment', nodeName, nodeId: node.nodeId, bootID: node.bootID };
    const isOurs = attachment.metadata.finalizers?.includes(attacherFinalizer(driver));
    return isOurs ? { type: 'Attach', attachment } : { type: 'AdoptAttachment', attachment, nodeId: node.nodeId };
  }
  return waiting;
}

/** Nodes with a pod that waits for the volume, in the order of the pods' ages. */
function nodesThatAttach({ pods }: AttachView): string[] {
  const starting = pods.filter((pod) => !isTerminated(pod) && !pod.metadata.deletionTimestamp);
  return [...new Set(starting.flatMap(({ spec }) => spec?.nodeName ?? []))];
}

/** Pods on a node that have or want the volume: all whose containers may run. */
function wanting({ pods }: AttachView, nodeName: string): Pod[] {
  return pods.filter((pod) => pod.spec?.nodeName === nodeName && !isTerminated(pod));
}

function proofOf({ metadata }: VolumeAttachment, { proofs }: AttachView): FenceProof | undefined {
  return proofs.find(({ spec }) => spec.attachmentUID === metadata.uid);
}

function nameOf({ driver, volume }: AttachView): string {
  return uniqueVolumeName(driver, volume.spec?.csi?.volumeHandle ?? '');
}

/** Upstream's Multi-Attach error. Names of pods in other namespaces are never shown. */
function multiAttach(view: AttachView, nodeName: string): Step {
  const { volume, pods } = view;
  const [pod] = wanting(view, nodeName);
  const holders = new Set(view.attachments.map(({ spec }) => spec.nodeName).filter((name) => name !== nodeName));
  const users = pods.filter((user) => holders.has(user.spec?.nodeName ?? ''));
  const start = `Multi-Attach error for volume "${volume.metadata.name}" `;
  const message =
    start +
    (users.length > 0
      ? usedBy(users, pod)
      : "Volume is already exclusively attached to one node and can't be attached to another");
  return { type: 'Wait', why: 'attached elsewhere', ...(pod && { notice: { pod, message } }) };
}

function usedBy(users: Pod[], pod: Pod | undefined): string {
  const near = users.filter(({ metadata }) => metadata.namespace === pod?.metadata.namespace);
  const far = users.length - near.length;
  const names = near.map(({ metadata }) => metadata.name).join(', ');
  if (far === 0) return `Volume is already used by pod(s) ${names}`;
  if (near.length === 0) return `Volume is already used by ${far} pod(s) in different namespaces`;
  return `Volume is already used by pod(s) ${names} and ${far} pod(s) in different namespaces`;
}
