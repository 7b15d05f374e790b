// Does the kubelet give a volume to the pod's fsGroup? The rules of pkg/volume/csi csi_mounter.go, supportsFSGroup.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

export type OwnershipSkipped =
  /** CSIDriver.spec.fsGroupPolicy is None. */
  | 'policy-none'
  /** The default policy looks at volumes of one node only. */
  | 'shared'
  /** The default policy wants a file system type. */
  | 'no-type'
  /** In-tree volumes of a server: its ownership is the server's. */
  | 'server';

/** Why the kubelet leaves the volume's owner alone; undefined if it sets it. */
export function ownershipSkipped(snapshot: Snapshot, { spec }: PersistentVolume): OwnershipSkipped | undefined {
  if (spec?.nfs || spec?.cephfs || spec?.glusterfs) return 'server';
  if (!spec?.csi) return undefined;
  const policy = snapshot.find('drivers', { name: spec.csi.driver })?.spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType';
  if (policy === 'None') return 'policy-none';
  if (policy === 'File') return undefined;
  const isOfOneNode = spec.accessModes?.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
  if (!isOfOneNode) return 'shared';
  return spec.csi.fsType ? undefined : 'no-type';
}
