// What does the attacher know of one volume or one node?

import type { FenceProof } from '../../apis/amarre/types.ts';
import { claimKeyOf, claimKeysOf, isBoundTo } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { readinessOf } from '../../apis/storage/attachments.ts';
import type { CSIDriver, CSINode, VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import type { Lister } from '../../client/types.ts';
import type { AttachView, NodeView } from './reconcile.ts';
import type { NodeStatusView } from './reconcile-node.ts';

export interface AttacherCaches {
  pods: Lister<Pod>;
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
  attachments: Lister<VolumeAttachment>;
  nodes: Lister<Node>;
  csiNodes: Lister<CSINode>;
  csiDrivers: Lister<CSIDriver>;
  proofs: Lister<FenceProof>;
}

export function attachView(volume: PersistentVolume, caches: AttacherCaches, driver: string): AttachView {
  const claimKey = claimKeyOf(volume);
  const claim = claimKey === undefined ? undefined : caches.claims.get(claimKey);
  const pods = podsOf(volume, caches);
  const attachments = caches.attachments
    .list()
    .filter(({ spec }) => spec.attacher === driver && spec.source.persistentVolumeName === volume.metadata.name);
  const names = [...pods.flatMap(({ spec }) => spec?.nodeName ?? []), ...attachments.map(({ spec }) => spec.nodeName)];
  return {
    driver,
    volume,
    isBound: claim !== undefined && isBoundTo(claim, volume),
    attachRequired: caches.csiDrivers.get(driver)?.spec.attachRequired ?? true,
    pods,
    attachments,
    nodes: new Map(names.map((name) => [name, nodeView(name, caches, driver)])),
    proofs: caches.proofs.list().filter(({ spec }) => spec.volumeName === volume.metadata.name),
  };
}

export function nodeStatusView(node: Node, { attachments, volumes }: AttacherCaches, driver: string): NodeStatusView {
  const here = attachments
    .list()
    .filter(({ spec }) => spec.attacher === driver && spec.nodeName === node.metadata.name);
  return {
    node,
    attachments: here.flatMap((attachment) => {
      const volume = volumes.get(attachment.spec.source.persistentVolumeName ?? '');
      const volumeHandle = volume?.spec?.csi?.volumeHandle;
      return volumeHandle === undefined ? [] : [{ attachment, volumeHandle }];
    }),
  };
}

/** Oldest first, so that of two pods that want a volume the earlier one gets it. */
function podsOf(volume: PersistentVolume, { pods }: AttacherCaches): Pod[] {
  const claimKey = claimKeyOf(volume);
  if (claimKey === undefined) return [];
  return pods
    .list(volume.spec?.claimRef?.namespace)
    .filter((pod) => pod.spec?.nodeName && claimKeysOf(pod).includes(claimKey))
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
}

function nodeView(name: string, { nodes, csiNodes }: AttacherCaches, driver: string): NodeView {
  const node = nodes.get(name);
  return {
    exists: node !== undefined,
    ready: node ? readinessOf(node) : 'Unknown',
    bootID: node?.status?.nodeInfo?.bootID ?? '',
    nodeId: csiNodes.get(name)?.spec.drivers.find((registered) => registered.name === driver)?.nodeID,
    volumesInUse: node?.status?.volumesInUse ?? [],
    volumesAttached: (node?.status?.volumesAttached ?? []).map((attached) => attached.name),
  };
}
