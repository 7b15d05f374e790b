// May the storage behind this volume be deleted now? Reclaim rules of the external-provisioner, as a pure function.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';

export interface VolumeView {
  driver: string;
  volume: PersistentVolume;
  /** Does any VolumeAttachment name the volume? */
  isAttached: boolean;
}

export type VolumeStep =
  | { type: 'Settled' }
  /** Whoever deletes the object must wait until the storage is gone. */
  | { type: 'AddFinalizer' }
  | { type: 'RemoveFinalizer' }
  /** Deletes what is in the storage, then the object, then lets the object go. */
  | { type: 'DeleteVolume'; volumeHandle: string };

/**
 * Decides the next step of a provisioned volume. The storage goes before the object: in the other order
 * a crash leaves storage that no object names.
 */
export function reconcileVolume({ driver, volume, isAttached }: VolumeView): VolumeStep {
  if (volume.metadata.annotations?.[annotations.provisionedBy] !== driver) return { type: 'Settled' };
  const volumeHandle = volume.spec?.csi?.driver === driver ? volume.spec.csi.volumeHandle : undefined;
  if (volumeHandle === undefined) return { type: 'Settled' };

  const isHeld = volume.metadata.finalizers?.includes(finalizers.provisioner) ?? false;
  const isDying = volume.metadata.deletionTimestamp !== undefined;
  // The policy may be changed after binding, in both directions.
  if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete')
    return isHeld ? { type: 'RemoveFinalizer' } : { type: 'Settled' };
  if (!isHeld && isDying) return { type: 'Settled' };
  if (!isHeld) return { type: 'AddFinalizer' };

  if (isAttached) return { type: 'Settled' };
  const phase = volume.status?.phase;
  if (phase === 'Released') return { type: 'DeleteVolume', volumeHandle };
  // Deleted before anything was bound to it.
  const isUnused = !volume.spec.claimRef && (phase === 'Available' || phase === 'Pending');
  return isDying && isUnused ? { type: 'DeleteVolume', volumeHandle } : { type: 'Settled' };
}
