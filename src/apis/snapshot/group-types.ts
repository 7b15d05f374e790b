// What do group snapshots look like in the API? Types of groupsnapshot.storage.k8s.io/v1, field names as upstream's CRDs.

import type { KubeObject, LabelSelector, Resource } from '../../apimachinery/meta.ts';
import type { ObjectReference } from '../core/generated/v1.ts';
import type { VolumeSnapshotError } from './types.ts';

/** A user's wish for copies of several claims' volumes at one point in time, or for an existing group of copies. */
export interface VolumeGroupSnapshot extends KubeObject {
  spec: VolumeGroupSnapshotSpec;
  status?: VolumeGroupSnapshotStatus;
}

export interface VolumeGroupSnapshotSpec {
  /** Exactly one of the two; never changed. */
  source: {
    /** Claims in the group snapshot's namespace. */
    selector?: LabelSelector;
    volumeGroupSnapshotContentName?: string;
  };
  /** Absent: the default class of the volumes' driver. */
  volumeGroupSnapshotClassName?: string;
}

export interface VolumeGroupSnapshotStatus {
  boundVolumeGroupSnapshotContentName?: string;
  /** RFC 3339; when the storage cut the snapshots. */
  creationTime?: string;
  readyToUse?: boolean;
  error?: VolumeSnapshotError;
}

/** The group of snapshots in the storage, bound to one VolumeGroupSnapshot. Cluster-scoped. */
export interface VolumeGroupSnapshotContent extends KubeObject {
  spec: VolumeGroupSnapshotContentSpec;
  status?: VolumeGroupSnapshotContentStatus;
}

export interface VolumeGroupSnapshotContentSpec {
  /** Name, namespace and (once bound) UID of the VolumeGroupSnapshot. */
  volumeGroupSnapshotRef: ObjectReference;
  deletionPolicy: 'Delete' | 'Retain';
  driver: string;
  volumeGroupSnapshotClassName?: string;
  /** Exactly one of the two; never changed. */
  source: {
    volumeHandles?: string[];
    groupSnapshotHandles?: { volumeGroupSnapshotHandle: string; volumeSnapshotHandles: string[] };
  };
}

export interface VolumeGroupSnapshotContentStatus {
  volumeGroupSnapshotHandle?: string;
  /** RFC 3339. */
  creationTime?: string;
  readyToUse?: boolean;
  error?: VolumeSnapshotError;
  volumeSnapshotInfoList?: VolumeSnapshotInfo[];
}

/** One snapshot of the group. */
export interface VolumeSnapshotInfo {
  volumeHandle?: string;
  snapshotHandle?: string;
  /** Nanoseconds since the Unix epoch. */
  creationTime?: number;
  readyToUse?: boolean;
  /** Bytes. */
  restoreSize?: number;
}

/** How group snapshots of one driver are made. Cluster-scoped. */
export interface VolumeGroupSnapshotClass extends KubeObject {
  driver: string;
  deletionPolicy: 'Delete' | 'Retain';
  parameters?: Record<string, string>;
}

const group = { group: 'groupsnapshot.storage.k8s.io', version: 'v1' } as const;

export const volumeGroupSnapshots: Resource<VolumeGroupSnapshot> = {
  ...group,
  plural: 'volumegroupsnapshots',
  kind: 'VolumeGroupSnapshot',
  namespaced: true,
};
export const volumeGroupSnapshotContents: Resource<VolumeGroupSnapshotContent> = {
  ...group,
  plural: 'volumegroupsnapshotcontents',
  kind: 'VolumeGroupSnapshotContent',
  namespaced: false,
};
export const volumeGroupSnapshotClasses: Resource<VolumeGroupSnapshotClass> = {
  ...group,
  plural: 'volumegroupsnapshotclasses',
  kind: 'VolumeGroupSnapshotClass',
  namespaced: false,
};
