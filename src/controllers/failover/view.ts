// What does the failover controller know of one node?

import { controllerOf } from '../../apimachinery/meta.ts';
import type { FenceProof } from '../../apis/amarre/types.ts';
import { claimKeyOf, claimKeysOf, isTerminated } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import type { Lister } from '../../client/types.ts';
import { isStorm } from '../../fencing/suspicion.ts';
import type { Cause, FailoverView, PodView, Storm } from './reconcile.ts';
import type { Renewals } from './renewals.ts';

export interface FailoverCaches {
  nodes: Lister<Node>;
  pods: Lister<Pod>;
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
  attachments: Lister<VolumeAttachment>;
  proofs: Lister<FenceProof>;
}

/**
 * Three missed renewals. Nodes that are cut off together go silent up to half a second apart, so the brake must count
 * those that are about to be suspected, too.
 */
const silentMsMax = 1_500;

export function failoverView(nodeName: string, caches: FailoverCaches, renewals: Renewals): FailoverView {
  const proofs = new Map(caches.proofs.list().map((proof) => [proof.spec.attachmentUID, proof]));
  const attachments = caches.attachments.list().filter(({ spec }) => spec.nodeName === nodeName);
  const pods = caches.pods.list().filter((pod) => pod.spec?.nodeName === nodeName && !isTerminated(pod));
  return {
    nodeName,
    node: caches.nodes.get(nodeName),
    attachments: attachments.map((attachment) => ({
      attachment,
      volume: caches.volumes.get(attachment.spec.source.persistentVolumeName ?? ''),
      proof: proofs.get(attachment.metadata.uid),
    })),
    pods: pods.map((pod) => podView(pod, caches)),
    storm: stormOf(caches, renewals),
  };
}

/**
 * UIDs of the pods on the node that mount the volume's claim, and so lose it. In the node's new boot they have not had
 * it yet: there the pods that nobody would create again may wait for the next attachment.
 */
export function writersOf(volume: PersistentVolume, { pods }: FailoverView, cause: Cause): string[] {
  const claimKey = claimKeyOf(volume);
  return pods
    .filter(({ pod }) => claimKey !== undefined && claimKeysOf(pod).includes(claimKey))
    .filter(({ pod }) => cause !== 'NodeRebooted' || controllerOf(pod) !== undefined)
    .map(({ pod }) => pod.metadata.uid);
}

function podView(pod: Pod, { claims, volumes }: FailoverCaches): PodView {
  const volumeNames = claimKeysOf(pod).flatMap((claimKey) => claims.get(claimKey)?.spec?.volumeName ?? []);
  const isProvable = (name: string): boolean => volumes.get(name)?.spec?.csi !== undefined;
  const claimsMissing = claimKeysOf(pod).length > volumeNames.length;
  return { pod, volumeNames, hasUnprovable: claimsMissing || !volumeNames.every(isProvable) };
}

function stormOf({ nodes }: FailoverCaches, renewals: Renewals): Storm {
  const all = nodes.list();
  const silent = all.filter(
    (node) => readinessOf(node) === 'Unknown' || renewals.silentMs(node.metadata.name) > silentMsMax,
  ).length;
  return { silent, total: all.length, isStorm: isStorm({ suspected: silent, total: all.length }) };
}
