// What do snapshots look like in the API? Types of snapshot.storage.k8s.io/v1, field names as upstream's CRDs.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { ObjectReference } from '../core/generated/v1.ts';

/** A user's wish for a point-in-time copy of a claim's volume, or for an existing copy. */
export interface VolumeSnapshot extends KubeObject {
  spec: VolumeSnapshotSpec;
  status?: VolumeSnapshotStatus;
}

export interface VolumeSnapshotSpec {
  source: VolumeSnapshotSource;
  /** Absent: the default class of the source volume's driver. */
  volumeSnapshotClassName?: string;
}

/** Exactly one of the two; never changed. */
export interface VolumeSnapshotSource {
  /** A claim in the snapshot's namespace: the snapshot is to be cut. */
  persistentVolumeClaimName?: string;
  /** A VolumeSnapshotContent that somebody made for an existing snapshot. */
  volumeSnapshotContentName?: string;
}

export interface VolumeSnapshotStatus {
  boundVolumeSnapshotContentName?: string;
  /** RFC 3339; when the storage cut the snapshot. */
  creationTime?: string;
  readyToUse?: boolean;
  /** A quantity: the smallest volume that the snapshot can be restored to. */
  restoreSize?: string;
  error?: VolumeSnapshotError;
  volumeGroupSnapshotName?: string;
}

export interface VolumeSnapshotError {
  /** RFC 3339. */
  time?: string;
  message?: string;
}

/** The snapshot in the storage, bound to one VolumeSnapshot. Cluster-scoped. */
export interface VolumeSnapshotContent extends KubeObject {
  spec: VolumeSnapshotContentSpec;
  status?: VolumeSnapshotContentStatus;
}

export interface VolumeSnapshotContentSpec {
  /** Name, namespace and (once bound) UID of the VolumeSnapshot. */
  volumeSnapshotRef: ObjectReference;
  deletionPolicy: 'Delete' | 'Retain';
  driver: string;
  volumeSnapshotClassName?: string;
  /** Exactly one of the two; never changed. */
  source: { volumeHandle?: string; snapshotHandle?: string };
  sourceVolumeMode?: string;
}

export interface VolumeSnapshotContentStatus {
  snapshotHandle?: string;
  /** Nanoseconds since the Unix epoch. */
  creationTime?: number;
  /** Bytes. */
  restoreSize?: number;
  readyToUse?: boolean;
  error?: VolumeSnapshotError;
  volumeGroupSnapshotHandle?: string;
}

/** How snapshots of one driver are made. Cluster-scoped. */
export interface VolumeSnapshotClass extends KubeObject {
  driver: string;
  deletionPolicy: 'Delete' | 'Retain';
  parameters?: Record<string, string>;
}

const group = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const;

export const volumeSnapshots: Resource<VolumeSnapshot> = {
  ...group,
  plural: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
};
export const volumeSnapshotContents: Resource<VolumeSnapshotContent> = {
  ...group,
  plural: 'volumesnapshotcontents',
  kind: 'VolumeSnapshotContent',
  namespaced: false,
};
export const volumeSnapshotClasses: Resource<VolumeSnapshotClass> = {
  ...group,
  plural: 'volumesnapshotclasses',
  kind: 'VolumeSnapshotClass',
  namespaced: false,
};
