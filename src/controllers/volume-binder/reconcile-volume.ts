// What is the next step for one volume's phase and reservation? Upstream's syncVolume, as a pure function.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Notice } from './reconcile-claim.ts';

export interface VolumeView {
  volume: PersistentVolume;
  /** The claim of the name that the volume is reserved for, whatever its UID. */
  claim: PersistentVolumeClaim | undefined;
}

export type VolumeStep =
  | { type: 'Settled' }
  | { type: 'SetPhase'; phase: 'Available' | 'Bound' | 'Failed'; notice?: Notice }
  /** The claim is gone: Released, if a live read says so too. */
  | { type: 'Release' }
  /** Takes a reservation back; a user's own one keeps its name and loses only the UID. */
  | { type: 'Unreserve'; keepsName: boolean };

/** Decides the next step of a volume. Deleting what is in the storage is the provisioner's work. */
export function reconcileVolume({ volume, claim }: VolumeView): VolumeStep {
  const ref = volume.spec?.claimRef;
  const phase = volume.status?.phase;
  // Without a UID a user has reserved the volume, and no claim has taken it up yet.
  if (!ref?.uid) return phase === 'Available' ? { type: 'Settled' } : { type: 'SetPhase', phase: 'Available' };

  const owner = claim?.metadata.uid === ref.uid ? claim : undefined;
  if (!owner) return release(volume);
  // The claim's own pass finishes the binding.
  if (!owner.spec?.volumeName) return { type: 'Settled' };
  if (owner.spec.volumeName === volume.metadata.name) {
    return phase === 'Bound' ? { type: 'Settled' } : { type: 'SetPhase', phase: 'Bound' };
  }
  return reconcileSuperfluous(volume);
}

/** The claim is bound to another volume. */
function reconcileSuperfluous(volume: PersistentVolume): VolumeStep {
  const isProvisioned = volume.metadata.annotations?.[annotations.provisionedBy] !== undefined;
  if (isProvisioned && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') return release(volume);
  const isByController = volume.metadata.annotations?.[annotations.boundByController] !== undefined;
  return { type: 'Unreserve', keepsName: !isByController };
}

function release(volume: PersistentVolume): VolumeStep {
  const phase = volume.status?.phase;
  // Failed stays, to let the user see that something went wrong.
  if (phase !== 'Released' && phase !== 'Failed') return { type: 'Release' };
  const policy = volume.spec?.persistentVolumeReclaimPolicy ?? 'Retain';
  if (policy === 'Retain' || policy === 'Delete' || phase === 'Failed') return { type: 'Settled' };
  const message = 'Volume has unrecognized PersistentVolumeReclaimPolicy';
  return {
    type: 'SetPhase',
    phase: 'Failed',
    notice: { type: 'Warning', reason: 'VolumeUnknownReclaimPolicy', message },
  };
}
