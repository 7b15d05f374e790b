// What must be known of a pod to decide whether anybody still needs it?

import type { FenceProof } from '../../apis/amarre/types.ts';
import { claimKeysOf, isTerminated } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { isAttached, isMultiAttach } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import type { Lister } from '../../client/types.ts';

export interface PodView {
  pod: Pod;
  /** For how long the pod's node has been missing, in milliseconds; undefined if it exists or the pod has none. */
  nodeMissingMs: number | undefined;
  /** Has a person said that the node, which is not ready, is off? */
  isNodeOutOfService: boolean;
  /** Volumes that the pod may still write to on its node, for all that is proven. */
  unprovenVolumes: string[];
  /** Is it one of the ended pods that are too many, the oldest first? */
  isSurplus: boolean;
}

export interface PodCaches {
  nodes: Lister<Node>;
  pods: Lister<Pod>;
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
  attachments: Lister<VolumeAttachment>;
  proofs: Lister<FenceProof>;
}

/** Claims and volumes that `pod` could write to on its node, and that no FenceProof covers. */
export function unprovenVolumesOf(pod: Pod, { claims, volumes, attachments, proofs }: PodCaches): string[] {
  const proven = new Set(proofs.list().map(({ spec }) => spec.attachmentUID));
  return claimKeysOf(pod).flatMap((key) => {
    const volume = volumes.get(claims.get(key)?.spec?.volumeName ?? '');
    // A claim that is gone says nothing about what the pod has mounted.
    if (!volume) return [key];
    if (isMultiAttach(volume)) return [];
    // What is not attached by a CSI driver can't be fenced.
    if (!volume.spec?.csi) return [volume.metadata.name];
    const isOpen = attachments
      .list()
      .filter(
        ({ spec }) => spec.nodeName === pod.spec?.nodeName && spec.source.persistentVolumeName === volume.metadata.name,
      )
      .some((attachment) => isAttached(attachment) && !proven.has(attachment.metadata.uid));
    return isOpen ? [volume.metadata.name] : [];
  });
}

/** The oldest ended pods beyond `terminatedMax`. */
export function surplusOf(pods: readonly Pod[], terminatedMax: number): ReadonlySet<string> {
  const ended = pods.filter(isTerminated);
  if (ended.length <= terminatedMax) return new Set();
  const oldest = ended.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  return new Set(oldest.slice(0, ended.length - terminatedMax).map(({ metadata }) => metadata.uid));
}
