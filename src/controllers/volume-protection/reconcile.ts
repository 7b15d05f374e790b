// May the protection finalizer of a claim, a volume or a class of attributes go? In-use protection of Kubernetes, as pure functions.

import { claimNamesOf, isReservedFor } from '../../apis/core/claims.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
  Pod,
} from '../../apis/core/generated/v1.ts';
import type { VolumeAttributesClass } from '../../apis/storage/generated/v1.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';

export interface ClaimView {
  claim: PersistentVolumeClaim;
  /** Pods of the claim's namespace. */
  pods: Pod[];
  /** The volume named `pvc-<claim UID>`, if it exists. */
  provisioned: PersistentVolume | undefined;
  /** Provisioners that give up on a dying claim by taking their annotation off it. */
  provisioners: string[];
}

export interface VolumeView {
  volume: PersistentVolume;
}

export interface AttributesClassView {
  attributesClass: VolumeAttributesClass;
  claims: PersistentVolumeClaim[];
  volumes: PersistentVolume[];
}

export type Step =
  | { type: 'Settled' }
  | { type: 'Wait'; why: string }
  | { type: 'Protect' }
  /** Takes the finalizer off; the edge reads what may use the object live first. */
  | { type: 'Release' };

/** A claim stays while a scheduled pod names it, completed or not, and while a volume may be in the making for it. */
export function reconcileClaim({ claim, pods, provisioned, provisioners }: ClaimView): Step {
  const isProtected = claim.metadata.finalizers?.includes(finalizers.claimProtection) ?? false;
  if (!claim.metadata.deletionTimestamp) return isProtected ? { type: 'Settled' } : { type: 'Protect' };
  if (!isProtected) return { type: 'Settled' };

  const user = pods.find((pod) => isUsing(pod, claim));
  if (user) return { type: 'Wait', why: `pod ${user.metadata.name} uses the claim` };

  // Otherwise a volume that is being made now would be left with no object that names it.
  const handedTo = claim.metadata.annotations?.[annotations.storageProvisioner];
  const isSaved = provisioned !== undefined && isReservedFor(provisioned, claim);
  const mayBeInTheMaking =
    handedTo !== undefined && provisioners.includes(handedTo) && !claim.spec?.volumeName && !isSaved;
  if (mayBeInTheMaking) return { type: 'Wait', why: `provisioner ${handedTo} may be making a volume for the claim` };
  return { type: 'Release' };
}

/** Does a pod that has a node mount the claim? One without a node cannot have started. */
export function isUsing(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec?.nodeName || pod.metadata.namespace !== claim.metadata.namespace) return false;
  return claimNamesOf(pod).includes(claim.metadata.name);
}

/** A volume stays while it is bound. */
export function reconcileVolume({ volume }: VolumeView): Step {
  const isProtected = volume.metadata.finalizers?.includes(finalizers.volumeProtection) ?? false;
  if (!volume.metadata.deletionTimestamp) return isProtected ? { type: 'Settled' } : { type: 'Protect' };
  if (!isProtected) return { type: 'Settled' };
  return volume.status?.phase === 'Bound' ? { type: 'Wait', why: 'the volume is bound' } : { type: 'Release' };
}

/** A class of attributes stays while a volume has it, and while a claim has it, asks for it or is being given it. */
export function reconcileAttributesClass({ attributesClass, claims, volumes }: AttributesClassView): Step {
  const { name, deletionTimestamp, finalizers: kept = [] } = attributesClass.metadata;
  const isProtected = kept.includes(finalizers.attributesClassProtection);
  if (!deletionTimestamp) return isProtected ? { type: 'Settled' } : { type: 'Protect' };
  if (!isProtected) return { type: 'Settled' };
  const user = [...volumes, ...claims].find((object) => attributesClassesOf(object).includes(name));
  return user ? { type: 'Wait', why: `${user.metadata.name} uses the class` } : { type: 'Release' };
}

/** Names of the classes that a claim or a volume has to do with. */
export function attributesClassesOf({ spec, status }: PersistentVolumeClaim | PersistentVolume): string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus }: PersistentVolumeClaimStatus = status ?? {};
  return [
    spec?.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined);
}
