// What must happen next for the volumes and pods of one node that may be dead? The only place that decides to fence.

import type { FenceProof } from '../../apis/amarre/types.ts';
import { isTerminated } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { isAttached, readinessOf } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';

export interface FailoverView {
  nodeName: string;
  /** Undefined if the Node object is gone. */
  node: Node | undefined;
  /** Attachments to this node. */
  attachments: AttachmentView[];
  /** Pods on this node that have not ended. */
  pods: PodView[];
  storm: Storm;
}

export interface AttachmentView {
  attachment: VolumeAttachment;
  volume: PersistentVolume | undefined;
  /** The proof that names this attachment's UID. */
  proof: FenceProof | undefined;
}

export interface PodView {
  pod: Pod;
  /** Names of the volumes that the pod's claims are bound to. */
  volumeNames: string[];
  /** Does the pod mount a claim whose volume is not attached by a CSI driver? What writes there cannot be proven. */
  hasUnprovable: boolean;
}

/** How many nodes are silent at the same time. */
export interface Storm {
  silent: number;
  total: number;
  isStorm: boolean;
}

export type Cause = 'NodeUnresponsive' | 'NodeDeleted' | 'NodeRebooted' | 'VolumeFenced';

export type Step =
  | { type: 'Settled' }
  /** The brake is on: many nodes went silent together, so the cause is probably elsewhere. */
  | { type: 'Withhold'; message: string }
  /** Stops the writers of these attachments and records the proof of it. */
  | { type: 'FenceVolumes'; cause: Cause; attachments: AttachmentView[] }
  /** Deletes pods at once: each volume they could write to is proven fenced. */
  | { type: 'DeletePods'; pods: Pod[] };

/**
 * Decides the next step for one node. A pod is deleted only when every attachment it could write through is proven;
 * suspicion alone starts fencing and proves nothing. Fencing never stops half-way: what is fenced stays fenced when
 * the node comes back, and the pods that lost a volume are deleted, so that they start anew on a new epoch.
 */
export function reconcileNodeFailover(view: FailoverView): Step {
  const pods = view.pods.filter((each) => mayDelete(each, view)).map(({ pod }) => pod);
  if (pods.length > 0) return { type: 'DeletePods', pods };

  const cause = causeOf(view);
  const attachments = view.attachments.filter((each) => mustFence(each, view));
  if (attachments.length === 0) return { type: 'Settled' };
  if (cause !== 'NodeUnresponsive') return { type: 'FenceVolumes', cause, attachments };

  const { isStorm, silent, total } = view.storm;
  // Who says of one node that it is off does not mean the cause of the storm.
  if (isStorm && !(view.node && isOutOfService(view.node))) {
    const message = `${silent} of ${total} nodes are silent at the same time: fencing waits until it is fewer than half`;
    return { type: 'Withhold', message };
  }
  return { type: 'FenceVolumes', cause, attachments };
}

function isSuspected({ node }: FailoverView): boolean {
  return node === undefined || readinessOf(node) === 'Unknown';
}

function causeOf(view: FailoverView): Cause {
  if (view.node === undefined) return 'NodeDeleted';
  if (isSuspected(view)) return 'NodeUnresponsive';
  return view.attachments.some((each) => !each.proof && isOfEarlierBoot(each, view)) ? 'NodeRebooted' : 'VolumeFenced';
}

function mustFence(each: AttachmentView, view: FailoverView): boolean {
  if (each.proof || !isAttached(each.attachment)) return false;
  if (isSuspected(view)) return true;
  return isOfEarlierBoot(each, view) || isOfFencedPod(each, view);
}

/** The node was restarted: what it had attached is gone with its boot, and its agent mounts nothing through it. */
function isOfEarlierBoot({ attachment, volume }: AttachmentView, { node }: FailoverView): boolean {
  if (!volume) return false;
  const then = attachment.metadata.annotations?.[annotations.attachmentBootId];
  const now = node?.status?.nodeInfo?.bootID;
  return Boolean(then && now && then !== now);
}

/** A pod that lost one of its volumes must go, so its other volumes need a proof as well. */
function isOfFencedPod({ volume }: AttachmentView, view: FailoverView): boolean {
  if (!volume) return false;
  return view.pods.some((each) => each.volumeNames.includes(volume.metadata.name) && lostVolume(each, view));
}

/** Was a volume fenced under this very pod? */
function lostVolume({ pod }: PodView, { attachments }: FailoverView): boolean {
  return attachments.some(({ proof }) => proof?.spec.podUIDs?.includes(pod.metadata.uid));
}

function mayDelete(each: PodView, view: FailoverView): boolean {
  if (isTerminated(each.pod) || each.hasUnprovable || each.volumeNames.length === 0) return false;
  if (!isSuspected(view) && !lostVolume(each, view)) return false;
  // Without an attached volume a pod has never started: agents mount only what is attached.
  return view.attachments
    .filter(({ volume }) => volume && each.volumeNames.includes(volume.metadata.name))
    .every(({ attachment, proof }) => proof !== undefined || !isAttached(attachment));
}
