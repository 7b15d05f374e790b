// What is the next step that makes a claim's volume larger? The contract of external-resizer with
// RecoverVolumeExpansionFailure, as a pure function. The node's part is the agent's.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { isBoundTo, requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';

export interface ExpandView {
  driver: string;
  claim: PersistentVolumeClaim;
  /** The volume that the claim names. */
  volume: PersistentVolume | undefined;
}

/** Values of `status.allocatedResourceStatuses.storage`; absent means that nothing is in progress. */
export const resizeStatuses = {
  controllerInProgress: 'ControllerResizeInProgress',
  controllerInfeasible: 'ControllerResizeInfeasible',
  nodePending: 'NodeResizePending',
  nodeInProgress: 'NodeResizeInProgress',
  nodeInfeasible: 'NodeResizeInfeasible',
} as const;

export type Step =
  | { type: 'Settled' }
  /** Says what is being tried, before it is tried: quota charges it, and a crash finds it. */
  | { type: 'MarkInProgress'; size: string }
  /** Expands in the storage, then reports the size and what is left to the node. */
  | { type: 'Expand'; size: string; volume: PersistentVolume };

/** Decides the next step of one claim. Sizes are quantities. */
export function reconcile({ driver, claim, volume }: ExpandView): Step {
  if (claim.status?.phase !== 'Bound' || claim.metadata.deletionTimestamp) return { type: 'Settled' };
  if (!volume || volume.spec?.csi?.driver !== driver || !isBoundTo(claim, volume)) return { type: 'Settled' };

  const status = claim.status.allocatedResourceStatuses?.['storage'];
  const allocated = claim.status.allocatedResources?.['storage'];
  switch (status) {
    case resizeStatuses.nodePending:
    case resizeStatuses.nodeInProgress:
      // Finish what was begun; a larger wish comes after that.
      return { type: 'Settled' };
    case resizeStatuses.controllerInProgress:
      return { type: 'Expand', size: allocated ?? requestOf(claim), volume };
    case resizeStatuses.controllerInfeasible:
      // Trying again is of use only when the wish has changed.
      return allocated !== undefined && isSame(allocated, requestOf(claim)) ? { type: 'Settled' } : wish(claim, volume);
    default:
      return wish(claim, volume);
  }
}

function wish(claim: PersistentVolumeClaim, volume: PersistentVolume): Step {
  const requested = requestOf(claim);
  const have = claim.status?.capacity?.['storage'] ?? '0';
  if (isAtLeast(have, requested)) return { type: 'Settled' };
  // The storage may be large enough already while the file system is not, as after a rounded-up creation.
  const capacity = volume.spec?.capacity?.['storage'] ?? '0';
  const isInStorage = isAtLeast(capacity, requested) && !isAtLeast(have, capacity);
  return { type: 'MarkInProgress', size: isInStorage ? capacity : requested };
}

function isAtLeast(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) >= 0;
}

function isSame(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) === 0;
}
