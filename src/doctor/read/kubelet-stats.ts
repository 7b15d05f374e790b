// How full are the mounted volumes? What a kubelet says on /stats/summary, as objects of the snapshot.

import type { VolumeStats } from '../snapshot/types.ts';

/** The part of the kubelet's Summary about volumes. */
interface Summary {
  node?: { nodeName?: string };
  pods?: ({ podRef?: { name?: string; namespace?: string }; volume?: (VolumeUsage | null)[] | null } | null)[] | null;
}

interface VolumeUsage {
  name?: string;
  pvcRef?: { name?: string; namespace?: string };
  capacityBytes?: number;
  availableBytes?: number;
  inodes?: number;
  inodesFree?: number;
  time?: string;
}

/** Where a node's API server passes on what its kubelet says. */
export function summaryPath(nodeName: string): string {
  return `/api/v1/nodes/${encodeURIComponent(nodeName)}/proxy/stats/summary`;
}

/** Usage of each claim that is mounted on the node; volumes without a claim, or without figures, are left out. */
export function volumeStatsOf(nodeName: string, summary: unknown): VolumeStats[] {
  const { pods } = (summary ?? {}) as Summary;
  return (pods ?? []).flatMap((pod) =>
    (pod?.volume ?? []).flatMap((volume) => {
      const { pvcRef, capacityBytes, availableBytes } = volume ?? {};
      if (!pvcRef?.name || capacityBytes === undefined || availableBytes === undefined) return [];
      const { name, namespace = pod?.podRef?.namespace ?? '' } = pvcRef;
      return {
        kind: 'VolumeStats',
        metadata: { name, namespace, uid: '', resourceVersion: '', creationTimestamp: volume?.time ?? '' },
        nodeName,
        podName: pod?.podRef?.name ?? '',
        capacityBytes,
        availableBytes,
        ...(volume?.inodes !== undefined && { inodes: volume.inodes }),
        ...(volume?.inodesFree !== undefined && { inodesFree: volume.inodesFree }),
      };
    }),
  );
}
