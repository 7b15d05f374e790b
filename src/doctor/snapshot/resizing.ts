// Which claims want to grow, and how far have they come?

import { quantityToNumber } from '../../apimachinery/quantity.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimCondition } from '../../apis/core/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

/** Bytes that the claim has; undefined while it is not bound. */
export function capacityBytes(claim: PersistentVolumeClaim): number | undefined {
  const capacity = claim.status?.capacity?.['storage'];
  return capacity === undefined ? undefined : quantityToNumber(capacity);
}

/** Bound claims that ask for more than they have. */
export function growingClaims(snapshot: Snapshot): readonly PersistentVolumeClaim[] {
  return snapshot.remember('growingClaims', () =>
    snapshot.all('claims').filter((claim) => {
      const capacity = claim.status?.capacity?.['storage'];
      const request = requestOf(claim);
      // Most claims have what they ask for, in the same words.
      if (claim.status?.phase !== 'Bound' || capacity === undefined || capacity === request) return false;
      return quantityToNumber(request) > quantityToNumber(capacity);
    }),
  );
}

/** The claim's condition of that type, if it holds. */
export function claimCondition(claim: PersistentVolumeClaim, type: string): PersistentVolumeClaimCondition | undefined {
  return claim.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** What the resizer or the kubelet says last of a failed resize. */
export function resizeError(claim: PersistentVolumeClaim): PersistentVolumeClaimCondition | undefined {
  return claimCondition(claim, 'ControllerResizeError') ?? claimCondition(claim, 'NodeResizeError');
}

/** Where the resize of the claim stands: `NodeResizePending`; undefined if none is under way. */
export function resizeStatus(claim: PersistentVolumeClaim): string | undefined {
  return claim.status?.allocatedResourceStatuses?.['storage'];
}
