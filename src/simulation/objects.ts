// Builders of API objects for tests: each takes what its case is about, and fills in the rest.

import type { KubeObject, ObjectMeta } from '../apimachinery/meta.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import type { StorageClass, VolumeAttachment } from '../apis/storage/generated/v1.ts';

/** Overrides, one level deep into metadata, spec and status. */
export type Overrides<T extends KubeObject> = {
  [K in Exclude<keyof T, 'metadata'>]?: Partial<T[K]>;
} & { metadata?: Partial<ObjectMeta> };

export const driverName = 'local.csi.amarre.io';

function build<T extends KubeObject>(base: T, overrides: Overrides<T>): T {
  const merged = { ...base } as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(overrides)) {
    const before = merged[key];
    merged[key] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
  }
  return merged as unknown as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function meta(name: string, namespace?: string): ObjectMeta {
  return {
    name,
    ...(namespace && { namespace }),
    uid: `${name}-uid`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
}

/** `default/data`: pending, 1Gi, ReadWriteOnce, class `fast`. */
export function claimObject(overrides: Overrides<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  return build<PersistentVolumeClaim>(
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: meta(overrides.metadata?.name ?? 'data', 'default'),
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Pending' },
    },
    overrides,
  );
}

/** `data` bound to `pv-1`. */
export function boundClaim(overrides: Overrides<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  const base = claimObject();
  return build(
    {
      ...base,
      metadata: { ...base.metadata, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { ...base.spec, volumeName: 'pv-1' },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } },
    },
    overrides,
  );
}

/** `pv-1`: available, 1Gi, ReadWriteOnce, class `fast`, CSI handle `vol-1`. */
export function volumeObject(overrides: Overrides<PersistentVolume> = {}): PersistentVolume {
  return build<PersistentVolume>(
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: meta(overrides.metadata?.name ?? 'pv-1'),
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        volumeMode: 'Filesystem',
        persistentVolumeReclaimPolicy: 'Delete',
        csi: { driver: driverName, volumeHandle: 'vol-1', fsType: 'xfs' },
      },
      status: { phase: 'Available' },
    },
    overrides,
  );
}

/** A reservation for `claimObject()`. */
export const dataClaimRef = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: 'default',
  name: 'data',
  uid: 'data-uid',
};

/** `pv-1` bound to `data`, as the provisioner makes it. */
export function boundVolume(overrides: Overrides<PersistentVolume> = {}): PersistentVolume {
  const base = volumeObject();
  return build(
    {
      ...base,
      metadata: {
        ...base.metadata,
        annotations: { 'pv.kubernetes.io/provisioned-by': driverName },
        finalizers: ['kubernetes.io/pv-protection', 'external-provisioner.volume.kubernetes.io/finalizer'],
      },
      spec: { ...base.spec, claimRef: dataClaimRef },
      status: { phase: 'Bound' },
    },
    overrides,
  );
}

/** `fast`: Immediate, Delete, may expand, provisioned by `driverName`. */
export function classObject(overrides: Overrides<StorageClass> = {}): StorageClass {
  return build<StorageClass>(
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: meta(overrides.metadata?.name ?? 'fast'),
      provisioner: driverName,
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: true,
    },
    overrides,
  );
}

/** `default/web-0` on `node-1`, running, mounting claim `data`. */
export function podObject(overrides: Overrides<Pod> = {}): Pod {
  return build<Pod>(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta(overrides.metadata?.name ?? 'web-0', 'default'),
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'main' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
      status: { phase: 'Running' },
    },
    overrides,
  );
}

/** A ready node with boot ID `boot-1` and InternalIP 10.0.0.1. */
export function nodeObject(overrides: Overrides<Node> = {}, { ready = 'True' }: { ready?: string } = {}): Node {
  return build<Node>(
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: meta(overrides.metadata?.name ?? 'node-1'),
      spec: {},
      status: {
        conditions: [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: {
          architecture: 'amd64',
          bootID: 'boot-1',
          containerRuntimeVersion: '',
          kernelVersion: '',
          kubeProxyVersion: '',
          kubeletVersion: '',
          machineID: '',
          operatingSystem: 'linux',
          osImage: '',
          systemUUID: '',
        },
        volumesInUse: [],
        volumesAttached: [],
      },
    },
    overrides,
  );
}

/** `pv-1` attached to `node-1`, epoch 3. */
export function attachmentObject(overrides: Overrides<VolumeAttachment> = {}): VolumeAttachment {
  return build<VolumeAttachment>(
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: {
        ...meta(overrides.metadata?.name ?? 'va-1'),
        annotations: { 'csi.alpha.kubernetes.io/node-id': 'node-1', 'amarre.io/boot-id': 'boot-1' },
        finalizers: ['external-attacher/local-csi-amarre-io'],
      },
      spec: { attacher: driverName, nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
      status: { attached: true, attachmentMetadata: { devicePath: '/dev/loop4', epoch: '3', path: '' } },
    },
    overrides,
  );
}
