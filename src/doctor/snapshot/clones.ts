// From which volume was a volume copied? A clone carries its source's file system, with the same UUID.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { claimOfVolume, volumeOfClaim } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

/** The claim that the claim was cloned from, or restored from a snapshot of; undefined if it is not known. */
export function sourceClaim(snapshot: Snapshot, claim: PersistentVolumeClaim): PersistentVolumeClaim | undefined {
  const { kind, name } = claim.spec?.dataSourceRef ?? claim.spec?.dataSource ?? {};
  const { namespace = '' } = claim.metadata;
  if (kind === 'PersistentVolumeClaim' && name) return snapshot.find('claims', { namespace, name });
  if (kind !== 'VolumeSnapshot' || !name) return undefined;
  const source = snapshot.find('snapshots', { namespace, name })?.spec.source.persistentVolumeClaimName;
  return source ? snapshot.find('claims', { namespace, name: source }) : undefined;
}

/** The volume that the volume is a copy of. */
export function sourceVolume(snapshot: Snapshot, volume: PersistentVolume): PersistentVolume | undefined {
  const claim = claimOfVolume(snapshot, volume);
  const source = claim && sourceClaim(snapshot, claim);
  return source && volumeOfClaim(snapshot, source);
}
