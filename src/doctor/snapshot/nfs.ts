// Which NFS server does a volume lie on?

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { ObjectRef } from '../finding.ts';
import type { Snapshot } from './snapshot.ts';

/** Of a volume of the in-tree plugin, or of a CSI driver that names its server (csi-driver-nfs, Trident and others). */
export function nfsServerOf({ spec }: PersistentVolume): string | undefined {
  if (spec?.nfs) return spec.nfs.server;
  const { driver = '', volumeAttributes: { server } = {} } = spec?.csi ?? {};
  return driver.includes('nfs') ? server : undefined;
}

/** No API object, but the one thing to blame for all its volumes. */
export function serverRef(name: string): ObjectRef {
  return { kind: 'NFSServer', name };
}

export function volumesOnServer(snapshot: Snapshot, server: string): readonly PersistentVolume[] {
  return snapshot.where('volumes', {
    index: 'volumesOnServer',
    key: server,
    keysOf: (volume) => [nfsServerOf(volume)].filter((name) => name !== undefined),
  });
}
