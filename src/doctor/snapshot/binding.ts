// May a volume serve a claim? What stands against it, field by field.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import { classNameOf, requestOf, volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence } from '../finding.ts';

/** One field in which volume and claim differ, as upstream's binder compares them. */
export interface Mismatch {
  /** In plain words: `the volume is too small`. */
  why: string;
  facts: [ofVolume: Evidence, ofClaim: Evidence];
}

/** What keeps the volume from serving the claim; empty if nothing does. */
export function mismatches(volume: PersistentVolume, claim: PersistentVolumeClaim): Mismatch[] {
  const found: Mismatch[] = [];
  const differ = (why: string, ...facts: Mismatch['facts']): number => found.push({ why, facts });
  const capacity = volume.spec?.capacity?.['storage'] ?? '0';
  if (compareQuantities(parseQuantity(capacity), parseQuantity(requestOf(claim))) < 0)
    differ(
      'it is too small',
      evidence(volume, 'spec.capacity.storage', capacity),
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
    );
  if (!(claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode)))
    differ(
      'it does not have the access mode',
      evidence(volume, 'spec.accessModes', volume.spec?.accessModes),
      evidence(claim, 'spec.accessModes', claim.spec?.accessModes),
    );
  if (classNameOf(volume) !== classNameOf(claim))
    differ(
      'it is of another storage class',
      evidence(volume, 'spec.storageClassName', classNameOf(volume)),
      evidence(claim, 'spec.storageClassName', classNameOf(claim)),
    );
  if (volumeModeOf(volume) !== volumeModeOf(claim))
    differ(
      'it has another volume mode',
      evidence(volume, 'spec.volumeMode', volumeModeOf(volume)),
      evidence(claim, 'spec.volumeMode', volumeModeOf(claim)),
    );
  if (claim.spec?.selector && !matchesLabelSelector(claim.spec.selector, volume.metadata.labels))
    differ(
      'its labels are not those that the claim selects',
      evidence(volume, 'metadata.labels', volume.metadata.labels),
      evidence(claim, 'spec.selector', claim.spec.selector),
    );
  return found;
}

/** Is the volume free, and may it serve the claim? */
export function isFreeFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { metadata, status, spec } = volume;
  if (metadata.deletionTimestamp || status?.phase !== 'Available' || spec?.claimRef) return false;
  return mismatches(volume, claim).length === 0;
}
