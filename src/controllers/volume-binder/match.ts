// Which volume suits a claim? Rules of static binding, as upstream's persistentvolume index.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import { classNameOf, mayBelongTo, requestOf, volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';

/**
 * The volume that `claim` should be bound to: one pre-bound to it, or else the smallest that is free and suits.
 * With `delayBinding` only a pre-bound one counts: the scheduler chooses among the others.
 */
export function findMatch(
  claim: PersistentVolumeClaim,
  volumes: PersistentVolume[],
  { delayBinding }: { delayBinding: boolean },
): PersistentVolume | undefined {
  // A user's reservation wins over every better fit.
  const reserved = volumes.find((volume) => mayBelongTo(volume, claim) && suitsAsReserved(volume, claim));
  if (reserved) return reserved;
  if (delayBinding) return undefined;
  return volumes
    .filter((volume) => isFree(volume) && mismatch(volume, claim) === undefined && matchesSelectors(volume, claim))
    .sort(bySizeThenName)[0];
}

/** Why `volume` cannot serve `claim`, in upstream's words; undefined if it can. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (volume.metadata.deletionTimestamp)
    return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (!isLargeEnough(volume, claim)) return 'requested PV is too small';
  if (classNameOf(volume) !== classNameOf(claim)) return 'storageClassName does not match';
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? '')) {
    return 'volumeAttributesClassName does not match';
  }
  if (volumeModeOf(volume) !== volumeModeOf(claim)) return 'incompatible volumeMode';
  if (!offersModes(volume, claim)) return 'incompatible accessMode';
  return undefined;
}

function suitsAsReserved(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (volume.metadata.deletionTimestamp || !isLargeEnough(volume, claim)) return false;
  return volumeModeOf(volume) === volumeModeOf(claim) && offersModes(volume, claim);
}

function isFree(volume: PersistentVolume): boolean {
  return !volume.spec?.claimRef && !volume.metadata.deletionTimestamp && volume.status?.phase === 'Available';
}

function isLargeEnough(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return compareQuantities(capacityOf(volume), parseQuantity(requestOf(claim))) >= 0;
}

function offersModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = volume.spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

function matchesSelectors(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return !claim.spec?.selector || matchesLabelSelector(claim.spec.selector, volume.metadata.labels);
}

function bySizeThenName(a: PersistentVolume, b: PersistentVolume): number {
  return compareQuantities(capacityOf(a), capacityOf(b)) || a.metadata.name.localeCompare(b.metadata.name);
}

function capacityOf(volume: PersistentVolume): ReturnType<typeof parseQuantity> {
  return parseQuantity(volume.spec?.capacity?.['storage'] ?? '0');
}
