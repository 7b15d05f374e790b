// Which volumes do the pods of this node want? Pure: from pods, claims, volumes and attachments.

import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import { attachmentName, uniqueVolumeName } from './paths.ts';
import type { DesiredVolume } from './reconcile.ts';

/** Caches of what a pod's volumes refer to. */
export interface VolumeLookups {
  nodeName: string;
  claim: (namespace: string, name: string) => PersistentVolumeClaim | undefined;
  volume: (name: string) => PersistentVolume | undefined;
  attachment: (name: string) => VolumeAttachment | undefined;
  /** False for a driver whose CSIDriver says attachRequired: false. */
  isAttachRequired: (driver: string) => boolean;
  isReportedInUse: (uniqueName: string) => boolean;
}

export interface PodPhase {
  isLeaving: boolean;
  isRunning: boolean;
}

/** A CSI volume with all that the calls to its driver need. */
export interface ResolvedVolume {
  type: 'csi';
  volumeName: string;
  pvName: string;
  desired: DesiredVolume;
  claim: PersistentVolumeClaim;
  pv: PersistentVolume;
  publishContext: Record<string, string>;
  /** The pod mounts the claim read-only. */
  readOnly: boolean;
  isBlock: boolean;
}

/** Not yet, or never; `message` is what the FailedMount event says. */
export interface UnresolvedVolume {
  type: 'unresolved';
  volumeName: string;
  message: string;
}

export interface LocalVolume {
  type: 'local';
  volumeName: string;
  volume: Volume;
}

export type PodVolume = ResolvedVolume | UnresolvedVolume | LocalVolume;

/** Every volume of the pod's spec. */
export function podVolumes(pod: Pod, phase: PodPhase, lookups: VolumeLookups): PodVolume[] {
  return (pod.spec?.volumes ?? []).map((volume) => {
    const claimName = claimNameOf(pod, volume);
    if (claimName === undefined) return localOrUnsupported(volume);
    const found = resolveClaim(pod, { volume, claimName, phase }, lookups);
    return typeof found === 'string' ? { type: 'unresolved', volumeName: volume.name, message: found } : found;
  });
}

/** Name of the claim behind a volume: named, or made for the pod by the ephemeral-volume controller. */
export function claimNameOf(pod: Pod, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined;
}

function localOrUnsupported(volume: Volume): PodVolume {
  const isLocal = ['emptyDir', 'hostPath', 'secret', 'configMap', 'downwardAPI', 'projected'].some(
    (kind) => volume[kind as keyof Volume] !== undefined,
  );
  if (isLocal) return { type: 'local', volumeName: volume.name, volume };
  return {
    type: 'unresolved',
    volumeName: volume.name,
    message: `volume "${volume.name}": this kind of volume is not supported by this node`,
  };
}

interface ClaimVolume {
  volume: Volume;
  claimName: string;
  phase: PodPhase;
}

function resolveClaim(
  pod: Pod,
  { volume, claimName, phase }: ClaimVolume,
  lookups: VolumeLookups,
): ResolvedVolume | string {
  const claim = lookups.claim(pod.metadata.namespace ?? '', claimName);
  if (!claim) return `persistentvolumeclaim "${claimName}" not found`;
  const isForeign = volume.ephemeral && !claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid);
  if (isForeign) return `PVC "${claimName}" was not created for pod "${pod.metadata.name}"`;
  const pvName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || !pvName) return `PVC "${claimName}" is not bound`;
  const pv = lookups.volume(pvName);
  const csi = pv?.spec?.csi;
  if (!pv || pv.spec?.claimRef?.uid !== claim.metadata.uid)
    return `PV "${pvName}" of PVC "${claimName}" is not found or bound to another claim`;
  if (!csi) return `PV "${pvName}" is not a CSI volume: this node supports no other kind`;

  const name = attachmentName(csi.volumeHandle, csi.driver, lookups.nodeName);
  const attached = attachmentOf(lookups.attachment(name), lookups.isAttachRequired(csi.driver));
  return {
    type: 'csi',
    volumeName: volume.name,
    pvName,
    claim,
    pv,
    publishContext: attached?.publishContext ?? {},
    readOnly: volume.persistentVolumeClaim?.readOnly ?? false,
    isBlock: pv.spec?.volumeMode === 'Block',
    desired: {
      podUID: pod.metadata.uid,
      pvName,
      driver: csi.driver,
      volumeHandle: csi.volumeHandle,
      attachment: attached?.attachment,
      isReportedInUse: lookups.isReportedInUse(uniqueVolumeName(csi.driver, csi.volumeHandle)),
      isSingleWriter: !(pv.spec?.accessModes ?? []).some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany'),
      ...phase,
    },
  };
}

function attachmentOf(attachment: VolumeAttachment | undefined, isRequired: boolean) {
  if (!isRequired) return { attachment: { uid: '', epoch: 0 }, publishContext: {} };
  // One that is being deleted may be detached at any moment.
  if (!attachment?.status?.attached || attachment.metadata.deletionTimestamp) return undefined;
  const publishContext = attachment.status.attachmentMetadata ?? {};
  const { uid, annotations: said } = attachment.metadata;
  const bootID = said?.[annotations.attachmentBootId];
  return {
    attachment: { uid, epoch: Number(publishContext['epoch'] ?? 0), ...(bootID && { bootID }) },
    publishContext,
  };
}

/** Size that the file system should have, if the claim asks the node to grow it. */
export function expansionOf({ claim, pv }: Pick<ResolvedVolume, 'claim' | 'pv'>): number | undefined {
  const capacity = pv.spec?.capacity?.['storage'];
  const shown = claim.status?.capacity?.['storage'];
  if (capacity === undefined || shown === undefined) return undefined;
  const status = claim.status?.allocatedResourceStatuses?.['storage'];
  const isAsked = status === 'NodeResizePending' || status === 'NodeResizeInProgress';
  const isPending = claim.status?.conditions?.some(
    ({ type, status: value }) => type === 'FileSystemResizePending' && value === 'True',
  );
  const isLarger = quantityToNumber(capacity) > quantityToNumber(shown);
  // The controller's side is still at work, or gave up: the new size is not the node's to take yet.
  if (status !== undefined && !isAsked) return undefined;
  return isAsked || (isPending && isLarger) || isLarger ? quantityToNumber(capacity) : undefined;
}
