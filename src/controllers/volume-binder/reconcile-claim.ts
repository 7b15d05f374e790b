// What is the next step that moves one claim toward Bound? Upstream's syncClaim, as a pure function.

import { isReservedFor, mayBelongTo } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { annotations, noProvisioner } from '../../apis/storage/names.ts';
import { findMatch, mismatch } from './match.ts';

export interface ClaimView {
  claim: PersistentVolumeClaim;
  /** All volumes of the cluster. */
  volumes: PersistentVolume[];
  /** The name of the class that the claim asks for; `''` if it asks for none. */
  className: string;
  /** The class of that name, if there is one. */
  storageClass: StorageClass | undefined;
  /** The class that claims without one get, if there is one. */
  defaultClass: StorageClass | undefined;
  /** Pods that mount the claim and have no node yet. */
  unscheduledPods: string[];
}

export interface Notice {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type ClaimStep =
  | { type: 'Settled' }
  /** Nothing can be done until something else changes. */
  | { type: 'Wait'; notice?: Notice }
  | { type: 'AssignDefaultClass'; className: string }
  /** Hands the claim to a provisioner, by annotation. */
  | { type: 'HandOver'; provisioner: string }
  /** First write of a binding: the volume points at the claim. */
  | { type: 'ReserveVolume'; volume: PersistentVolume; isByController: boolean }
  /** Second write: the claim points at the volume. */
  | { type: 'FinishBinding'; volume: PersistentVolume; isByController: boolean }
  | { type: 'ReportBound'; volume: PersistentVolume }
  | { type: 'ReportLost'; notice: Notice };

/** A class whose volumes are made by hand. */

/**
 * Decides the next step of a claim. Two writes bind it: the volume points at the claim (ReserveVolume),
 * then the claim points at the volume (FinishBinding). A crash between them is safe: the next pass finds the
 * reservation and finishes it.
 */
export function reconcileClaim(view: ClaimView): ClaimStep {
  const { claim } = view;
  if (claim.metadata.annotations?.[annotations.bindCompleted]) return reconcileBound(view);
  // What was provisioned for a dying claim is released once the claim is gone.
  if (claim.metadata.deletionTimestamp) return { type: 'Settled' };
  return claim.spec?.volumeName ? reconcileNamed(view, claim.spec.volumeName) : reconcileUnnamed(view);
}

/** The claim was bound once. */
function reconcileBound({ claim, volumes }: ClaimView): ClaimStep {
  const volumeName = claim.spec?.volumeName;
  if (!volumeName)
    return lost(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');

  const volume = volumes.find(({ metadata }) => metadata.name === volumeName);
  if (!volume)
    return lost(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');

  if (!volume.spec?.claimRef) return { type: 'ReserveVolume', volume, isByController: true };
  if (!isReservedFor(volume, claim)) {
    return lost(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  }
  return claim.status?.phase === 'Bound' ? { type: 'Settled' } : { type: 'ReportBound', volume };
}

function lost(claim: PersistentVolumeClaim, reason: string, message: string): ClaimStep {
  if (claim.status?.phase === 'Lost') return { type: 'Settled' };
  return { type: 'ReportLost', notice: { type: 'Warning', reason, message } };
}

/** The user named the volume. */
function reconcileNamed({ claim, volumes }: ClaimView, volumeName: string): ClaimStep {
  const volume = volumes.find(({ metadata }) => metadata.name === volumeName);
  if (!volume) return { type: 'Wait' };

  if (!volume.spec?.claimRef) {
    const why = mismatch(volume, claim);
    if (why !== undefined) {
      return warn('VolumeMismatch', `Cannot bind to requested volume "${volumeName}": ${why}`);
    }
    return { type: 'ReserveVolume', volume, isByController: true };
  }
  if (isReservedFor(volume, claim)) return { type: 'FinishBinding', volume, isByController: false };
  if (mayBelongTo(volume, claim)) return { type: 'ReserveVolume', volume, isByController: false };
  return warn('FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
}

/** Any volume that suits will do. */
function reconcileUnnamed(view: ClaimView): ClaimStep {
  const { claim, volumes, className, storageClass, defaultClass } = view;
  const delayBinding = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  const volume = findMatch(claim, volumes, { delayBinding });
  if (volume && isReservedFor(volume, claim)) return { type: 'FinishBinding', volume, isByController: true };
  if (volume) return { type: 'ReserveVolume', volume, isByController: !mayBelongTo(volume, claim) };

  // A class that became the default after the claim was made; an empty name asks for no class, for good.
  if (className === '' && claim.spec?.storageClassName === undefined && defaultClass) {
    return { type: 'AssignDefaultClass', className: defaultClass.metadata.name };
  }
  if (className === '') {
    return {
      type: 'Wait',
      notice: {
        type: 'Normal',
        reason: 'FailedBinding',
        message: 'no persistent volumes available for this claim and no storage class is set',
      },
    };
  }
  if (!storageClass) return warn('ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);

  // The scheduler picks the node first. Binding earlier could strand the volume where the pod cannot run.
  if (delayBinding && !claim.metadata.annotations?.[annotations.selectedNode]) return waitForConsumer(view);

  if (storageClass.provisioner === noProvisioner) return { type: 'Wait' };
  const handedTo = claim.metadata.annotations?.[annotations.storageProvisioner];
  if (handedTo === storageClass.provisioner) return { type: 'Wait' };
  return { type: 'HandOver', provisioner: storageClass.provisioner };
}

function waitForConsumer({ unscheduledPods }: ClaimView): ClaimStep {
  const [pod] = unscheduledPods;
  if (pod === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return { type: 'Wait', notice: { type: 'Normal', reason: 'WaitForFirstConsumer', message } };
  }
  const message =
    unscheduledPods.length === 1
      ? `waiting for pod ${pod} to be scheduled`
      : `waiting for pods ${unscheduledPods.join(',')} to be scheduled`;
  return { type: 'Wait', notice: { type: 'Normal', reason: 'WaitForPodScheduled', message } };
}

function warn(reason: string, message: string): ClaimStep {
  return { type: 'Wait', notice: { type: 'Warning', reason, message } };
}
