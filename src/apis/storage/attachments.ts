// What do the fields of attachments and nodes say about a volume? Pure readings for attaching, fencing and failover.

import { createHash } from 'node:crypto';
import type { Node, PersistentVolume } from '../core/generated/v1.ts';
import type { VolumeAttachment } from './generated/v1.ts';

/** `csi-<sha256 hex of handle, driver and node>`; rule of the kubelet and the attach-detach controller. */
export function attachmentName(options: { volumeHandle: string; driver: string; nodeName: string }): string {
  const { volumeHandle, driver, nodeName } = options;
  return `csi-${createHash('sha256').update(`${volumeHandle}${driver}${nodeName}`).digest('hex')}`;
}

/** How `node.status.volumesInUse` and `volumesAttached` name a CSI volume. */
export function uniqueVolumeName(driver: string, volumeHandle: string): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}

/** The attachment's epoch, as the driver gave it; undefined if it is not attached or the driver counts none. */
export function epochOf(attachment: VolumeAttachment): number | undefined {
  const epoch = Number(attachment.status?.attachmentMetadata?.['epoch']);
  return Number.isSafeInteger(epoch) ? epoch : undefined;
}

export function isAttached(attachment: VolumeAttachment): boolean {
  return attachment.status?.attached === true;
}

/** Status of the node's Ready condition: `Unknown` when nothing was heard of it. */
export function readinessOf(node: Node): 'True' | 'False' | 'Unknown' {
  const status = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return status === 'True' || status === 'False' ? status : 'Unknown';
}

/** May several nodes use the volume at once? Rule of the attach-detach controller. */
export function isMultiAttach(volume: PersistentVolume): boolean {
  const modes = volume.spec?.accessModes ?? [];
  return modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany');
}
