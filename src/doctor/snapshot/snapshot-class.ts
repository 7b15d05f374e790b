// Which class will a snapshot be made with, and what is wrong if none?

import type { VolumeSnapshot, VolumeSnapshotClass } from '../../apis/snapshot/types.ts';
import { annotations } from '../../apis/storage/names.ts';
import { driverOfVolume, volumeOfClaim } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

export type ClassProblem = 'missing' | 'no-default' | 'several-defaults';

/** The driver of the volume that the snapshot is to be cut from; undefined if that is not known. */
export function driverOfSnapshot(snapshot: Snapshot, { spec, metadata }: VolumeSnapshot): string | undefined {
  const name = spec.source.persistentVolumeClaimName;
  const claim = name ? snapshot.find('claims', { namespace: metadata.namespace ?? '', name }) : undefined;
  const volume = claim && volumeOfClaim(snapshot, claim);
  return volume && driverOfVolume(volume);
}

export function classesOfDriver(snapshot: Snapshot, driver: string): VolumeSnapshotClass[] {
  return snapshot.all('snapshotClasses').filter((each) => each.driver === driver);
}

/** Rule of the snapshot controller: the class that is named, else the one default of the driver. */
export function classProblem(snapshot: Snapshot, volumeSnapshot: VolumeSnapshot): ClassProblem | undefined {
  const { volumeSnapshotClassName, source } = volumeSnapshot.spec;
  if (!source.persistentVolumeClaimName || !snapshot.covers('snapshotClasses')) return undefined;
  if (volumeSnapshotClassName)
    return snapshot.find('snapshotClasses', { name: volumeSnapshotClassName }) ? undefined : 'missing';
  const driver = driverOfSnapshot(snapshot, volumeSnapshot);
  if (!driver) return undefined;
  const defaults = classesOfDriver(snapshot, driver).filter(
    ({ metadata }) => metadata.annotations?.[annotations.defaultSnapshotClass] === 'true',
  );
  if (defaults.length === 1) return undefined;
  return defaults.length === 0 ? 'no-default' : 'several-defaults';
}
