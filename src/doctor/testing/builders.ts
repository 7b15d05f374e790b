// What does a cluster look like in a test of a rule? Small healthy objects; a case overrides only what matters.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type {
  Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from '../../apis/core/generated/v1.ts';
import type { CSIDriver, CSINode, StorageClass, VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import { type KindName, kindOf } from '../snapshot/kinds.ts';
import { Snapshot, type SnapshotData } from '../snapshot/snapshot.ts';

/** The moment of every snapshot of a test. */
export const takenAt = '2026-06-01T12:00:00Z';

/** RFC 3339, so many minutes before the snapshot. */
export function minutesAgo(minutes: number): string {
  return rfc3339(epochMsOf(takenAt) - minutes * 60_000);
}

/** Any part of an object; objects merge, everything else replaces. `undefined` takes a field away. */
export type Overrides<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Overrides<T[K]> | undefined }
    : T;

/** `base` with `overrides`, as a merge patch would; neither is changed. */
export function merged<T>(base: T, overrides: unknown): T {
  if (!isPlain(base) || !isPlain(overrides)) return (overrides === undefined ? base : overrides) as T;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) delete result[key];
    else result[key] = key in result ? merged(result[key], value) : value;
  }
  return result as T;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Place {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** Any object, a day old, with a UID made of its kind and name. */
export function object<T extends KubeObject>({ apiVersion, kind, name, namespace }: Place, rest: object): T {
  const metadata = {
    name,
    ...(namespace && { namespace }),
    uid: `${kind}-${name}`.toLowerCase(),
    resourceVersion: '1',
    creationTimestamp: minutesAgo(24 * 60),
  };
  return merged({ apiVersion, kind, metadata } as unknown as T, rest);
}

export function from<T extends KubeObject>(place: Place, base: object): (overrides?: Overrides<T>) => T {
  return (overrides = {} as Overrides<T>) => {
    const named = overrides as { metadata?: { name?: string } };
    return merged(object<T>({ ...place, name: named.metadata?.name ?? place.name }, base), overrides);
  };
}

export const driverName = 'disk.csi.example.com';

export const namespace = from<Namespace>(
  { apiVersion: 'v1', kind: 'Namespace', name: 'shop' },
  { status: { phase: 'Active' } },
);

/** Ready, heard just now. */
export const node = from<Node>(
  { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
  {
    metadata: { labels: { 'kubernetes.io/hostname': 'node-1', 'topology.kubernetes.io/zone': 'zone-a' } },
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: minutesAgo(600) }], volumesInUse: [] },
  },
);

/** Not heard for so many minutes. */
export function silentNode(minutes: number, overrides: Overrides<Node> = {}): Node {
  const conditions = [{ type: 'Ready', status: 'Unknown', lastTransitionTime: minutesAgo(minutes) }];
  return node(merged({ status: { conditions } }, overrides));
}

export const storageClass = from<StorageClass>(
  { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'fast' },
  {
    provisioner: driverName,
    volumeBindingMode: 'WaitForFirstConsumer',
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
  },
);

export const csiDriver = from<CSIDriver>(
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', name: driverName },
  { spec: { attachRequired: true, fsGroupPolicy: 'ReadWriteOnceWithFSType' } },
);

/** The driver is registered on node-1. */
export const csiNode = from<CSINode>(
  { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', name: 'node-1' },
  { spec: { drivers: [{ name: driverName, nodeID: 'node-1', topologyKeys: ['topology.kubernetes.io/zone'] }] } },
);

/** Bound to the volume `pv-1`. */
export const claim = from<PersistentVolumeClaim>(
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data', namespace: 'shop' },
  {
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: 'fast',
      volumeName: 'pv-1',
      resources: { requests: { storage: '10Gi' } },
    },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '10Gi' } },
  },
);

/** Neither bound nor provisioned. */
export function pendingClaim(overrides: Overrides<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  return merged(
    claim({ spec: { volumeName: undefined }, status: { phase: 'Pending', capacity: undefined } }),
    overrides,
  );
}

/** Bound to the claim `shop/data`. */
export const volume = from<PersistentVolume>(
  { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1' },
  {
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      capacity: { storage: '10Gi' },
      storageClassName: 'fast',
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'persistentvolumeclaim-data' },
      csi: { driver: driverName, volumeHandle: 'disk-1', fsType: 'ext4' },
    },
    status: { phase: 'Bound' },
  },
);

/** Of `pv-1` to `node-1`, attached. */
export const attachment = from<VolumeAttachment>(
  { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', name: 'csi-1' },
  {
    metadata: { finalizers: [`external-attacher/${driverName.replaceAll('.', '-')}`] },
    spec: { attacher: driverName, nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
    status: { attached: true },
  },
);

/** Runs on node-1 with the claim `data`. */
export const pod = from<Pod>(
  { apiVersion: 'v1', kind: 'Pod', name: 'db-0', namespace: 'shop' },
  {
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'db', image: 'example/db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  },
);

/** An event about `about`, a minute ago. */
export function event(
  about: KubeObject,
  rest: Partial<Pick<Event, 'reason' | 'message' | 'type' | 'lastTimestamp' | 'source'>>,
): Event {
  const { name, namespace: inNamespace = 'default', uid } = about.metadata;
  const kind = about.kind ?? '';
  return object<Event>(
    { apiVersion: 'v1', kind: 'Event', name: `${name}.${rest.reason}`, namespace: inNamespace },
    {
      involvedObject: { kind, name, uid, ...(about.metadata.namespace && { namespace: about.metadata.namespace }) },
      type: 'Warning',
      lastTimestamp: minutesAgo(1),
      ...rest,
    },
  );
}

/** A snapshot of the objects, each under its kind. Kinds not among them were read, and are empty. */
export function snapshotOf(
  objects: readonly KubeObject[],
  rest: Partial<Omit<SnapshotData, 'objects'>> = {},
): Snapshot {
  const byKind: Partial<Record<KindName, KubeObject[]>> = {};
  for (const each of objects) {
    const kind = kindOf(each);
    if (!kind) throw new RangeError(`The doctor has no use for a ${each.kind}`);
    (byKind[kind] ??= []).push(each);
  }
  return new Snapshot({ takenAtMs: epochMsOf(takenAt), objects: byKind as SnapshotData['objects'], ...rest });
}
