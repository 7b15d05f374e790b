// What do the fields of claims and volumes mean? Pure readings that several storage controllers share.

import { keyOf } from '../../apimachinery/meta.ts';
import type { StorageClass } from '../storage/generated/v1.ts';
import { annotations } from '../storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from './generated/v1.ts';

/** The class that a claim or volume asks for; `''` means none. The beta annotation wins over the field, as upstream. */
export function classNameOf(object: PersistentVolumeClaim | PersistentVolume): string {
  return object.metadata.annotations?.[annotations.storageClassBeta] ?? object.spec?.storageClassName ?? '';
}

/** `Filesystem` unless the object says `Block`. */
export function volumeModeOf(object: PersistentVolumeClaim | PersistentVolume): string {
  return object.spec?.volumeMode ?? 'Filesystem';
}

/** The quantity that the claim asks for. */
export function requestOf(claim: PersistentVolumeClaim): string {
  return claim.spec?.resources?.requests?.['storage'] ?? '0';
}

/** `namespace/name` of the claim that `volume` is bound to or reserved for. */
export function claimKeyOf(volume: PersistentVolume): string | undefined {
  const ref = volume.spec?.claimRef;
  if (!ref?.name) return undefined;
  return keyOf({ metadata: { name: ref.name, ...(ref.namespace !== undefined && { namespace: ref.namespace }) } });
}

/** Does `volume` name exactly this claim, UID included? */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = spec?.claimRef;
  // Field by field: keys that are put together only to be compared take longer than the comparison.
  return (
    ref?.uid === metadata.uid && ref?.name === metadata.name && (ref.namespace ?? '') === (metadata.namespace ?? '')
  );
}

/** Does `volume` name this claim, or a claim of its name whose UID was left open (pre-bound by a user)? */
export function mayBelongTo(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  if (claimKeyOf(volume) !== keyOf(claim)) return false;
  const uid = volume.spec?.claimRef?.uid;
  return !uid || uid === claim.metadata.uid;
}

/** Is the binding complete and mutual? */
export function isBoundTo(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  return claim.spec?.volumeName === volume.metadata.name && isReservedFor(volume, claim);
}

/** The class that claims without one get: newest first, then by name. Rule of the DefaultStorageClass admission plugin. */
export function defaultClass(classes: StorageClass[]): StorageClass | undefined {
  return classes
    .filter((storageClass) => storageClass.metadata.annotations?.[annotations.defaultStorageClass] === 'true')
    .sort(
      (a, b) =>
        b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
        a.metadata.name.localeCompare(b.metadata.name),
    )[0];
}

/** Names of the claims that `pod` mounts; those of generic ephemeral volumes are `<pod>-<volume>`. */
export function claimNamesOf(pod: Pod): string[] {
  const names: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) names.push(volume.persistentVolumeClaim.claimName);
    else if (volume.ephemeral) names.push(`${pod.metadata.name}-${volume.name}`);
  }
  return names;
}

/** `namespace/name` of the claims that `pod` mounts. */
export function claimKeysOf(pod: Pod): string[] {
  return claimNamesOf(pod).map((name) => `${pod.metadata.namespace}/${name}`);
}

/** Have all containers of `pod` ended for good? */
export function isTerminated(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
