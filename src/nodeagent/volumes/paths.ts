// Where do a volume's folders lie? The kubelet's layout below the node's folder. Pure.

import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** `plugins/kubernetes.io/csi/<driver>/<sha256(volumeHandle)>`: staging mount and its record. */
export function stagingFolder(nodeDir: string, driver: string, volumeHandle: string): string {
  return join(nodeDir, 'plugins/kubernetes.io/csi', driver, createHash('sha256').update(volumeHandle).digest('hex'));
}

export function stagingPath(folder: string): string {
  return join(folder, 'globalmount');
}

/** `pods/<uid>`. */
export function podFolder(nodeDir: string, podUID: string): string {
  return join(nodeDir, 'pods', podUID);
}

/** `pods/<uid>/volumes/kubernetes.io~csi/<pv>`: publish mount and its record. */
export function publishFolder(nodeDir: string, podUID: string, pvName: string): string {
  return join(podFolder(nodeDir, podUID), 'volumes/kubernetes.io~csi', pvName);
}

export function publishPath(folder: string): string {
  return join(folder, 'mount');
}

const pluginFolders = {
  emptyDir: 'kubernetes.io~empty-dir',
  secret: 'kubernetes.io~secret',
  configMap: 'kubernetes.io~configmap',
  downwardAPI: 'kubernetes.io~downward-api',
  projected: 'kubernetes.io~projected',
} as const;

export type LocalVolumeKind = keyof typeof pluginFolders;

/** Folder of a volume that the node makes by itself. */
export function localVolumeFolder(
  nodeDir: string,
  podUID: string,
  volume: { kind: LocalVolumeKind; name: string },
): string {
  return join(podFolder(nodeDir, podUID), 'volumes', pluginFolders[volume.kind], volume.name);
}

/** `pods/<uid>/volume-subpaths/<volume>/<container>/<index>`: a bind mount of a folder inside a volume. */
export function subPathMount(
  nodeDir: string,
  podUID: string,
  at: { volume: string; container: string; index: number },
): string {
  return join(podFolder(nodeDir, podUID), 'volume-subpaths', at.volume, at.container, String(at.index));
}

/** `kubernetes.io/csi/<driver>^<handle>`: node.status.volumesInUse and volumesAttached. */
export function uniqueVolumeName(driver: string, volumeHandle: string): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}

/** `csi-<sha256hex(volumeHandle + driver + node)>`: name of the VolumeAttachment. */
export function attachmentName(volumeHandle: string, driver: string, nodeName: string): string {
  return `csi-${createHash('sha256').update(`${volumeHandle}${driver}${nodeName}`).digest('hex')}`;
}
