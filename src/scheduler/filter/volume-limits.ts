// Can the node take the pod's volumes besides those that it has? Models plugins/nodevolumelimits.

import { claimKeysOf } from '../../apis/core/claims.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { type Cluster, type Filter, podsOn } from '../view.ts';

export const volumeLimits: Filter = ({ pod, node, cluster }) => {
  const limits = (cluster.csiNodes.get(node.metadata.name)?.spec.drivers ?? []).filter(
    (driver) => driver.allocatable?.count !== undefined,
  );
  if (limits.length === 0) return [];
  const present = new Set(podsOn({ node, cluster }).flatMap((other) => volumesOf(other, cluster)));
  const added = volumesOf(pod, cluster).filter((volume) => !present.has(volume));
  const isExceeded = limits.some(({ name, allocatable }) => {
    const ofDriver = (volume: string): boolean => volume.startsWith(`${name} `);
    const more = added.filter(ofDriver).length;
    return more > 0 && [...present].filter(ofDriver).length + more > (allocatable?.count ?? 0);
  });
  return isExceeded ? ['node(s) exceed max volume count'] : [];
};

/** `<driver> <handle>` of each volume; a claim that is yet to be provisioned counts as itself. */
function volumesOf(pod: Pod, { claims, volumes, classes }: Cluster): string[] {
  return claimKeysOf(pod).flatMap((key) => {
    const claim = claims.get(key);
    const csi = volumes.get(claim?.spec?.volumeName ?? '')?.spec?.csi;
    if (csi) return [`${csi.driver} ${csi.volumeHandle}`];
    const provisioner = classes.get(claim?.spec?.storageClassName ?? '')?.provisioner;
    return provisioner ? [`${provisioner} claim ${key}`] : [];
  });
}
