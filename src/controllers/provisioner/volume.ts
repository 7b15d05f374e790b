// Which PersistentVolume stands for a volume that the driver made?

import type { Draft } from '../../apimachinery/meta.ts';
import { bytesToQuantity } from '../../apimachinery/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, VolumeNodeAffinity } from '../../apis/core/generated/v1.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import type { Topology, Volume } from '../../csi/types.ts';
import type { VolumeOrder } from './reconcile-claim.ts';

export interface ProvisionedVolume {
  driver: string;
  claim: PersistentVolumeClaim;
  order: VolumeOrder;
  made: Volume;
  /** How long the CreateVolume call took. */
  createVolumeMs: number;
}

/** The PersistentVolume, reserved for its claim from the start. */
export function persistentVolumeFor({
  driver,
  claim,
  order,
  made,
  createVolumeMs,
}: ProvisionedVolume): Draft<PersistentVolume> {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const nodeAffinity = nodeAffinityOf(made.accessibleTopology);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: order.name,
      annotations: {
        [annotations.provisionedBy]: driver,
        [annotations.createVolumeMs]: String(Math.round(createVolumeMs * 1000) / 1000),
      },
      ...(order.reclaimPolicy === 'Delete' && { finalizers: [finalizers.provisioner] }),
    },
    spec: {
      accessModes: order.accessModes,
      capacity: { storage: bytesToQuantity(made.capacityBytes || order.requiredBytes) },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
      csi: {
        driver,
        volumeHandle: made.volumeId,
        ...(order.fsType && { fsType: order.fsType }),
        ...(Object.keys(made.volumeContext).length > 0 && { volumeAttributes: made.volumeContext }),
      },
      ...(order.mountOptions.length > 0 && { mountOptions: order.mountOptions }),
      ...(nodeAffinity && { nodeAffinity }),
      persistentVolumeReclaimPolicy: order.reclaimPolicy,
      storageClassName: order.className,
      volumeMode: order.volumeMode,
    },
  };
}

/** One term for each topology: they are ORed, the segments of one are ANDed. */
function nodeAffinityOf(topologies: Topology[]): VolumeNodeAffinity | undefined {
  const terms = topologies
    .filter(({ segments }) => Object.keys(segments).length > 0)
    .map(({ segments }) => ({
      matchExpressions: Object.entries(segments)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    }));
  return terms.length > 0 ? { required: { nodeSelectorTerms: terms } } : undefined;
}
