// What does the doctor know of a cluster that is no typed API object of ours?

import type { KubeObject, LabelSelector } from '../../apimachinery/meta.ts';

/** The part of policy/v1 PodDisruptionBudget that rules read. */
export interface PodDisruptionBudget extends KubeObject {
  spec?: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string };
  status?: {
    currentHealthy?: number;
    desiredHealthy?: number;
    disruptionsAllowed?: number;
    expectedPods?: number;
  };
}

/** A Secret without what it holds. */
export type SecretName = KubeObject;

/** Usage of one mounted volume, as a kubelet reports it. `metadata` names the claim. */
export interface VolumeStats extends KubeObject {
  nodeName: string;
  podName: string;
  capacityBytes: number;
  availableBytes: number;
  inodes?: number;
  inodesFree?: number;
}

/** A pool of a storage backend, as its operator or a script reports it. */
export interface StoragePool extends KubeObject {
  /** The CSI driver whose volumes lie in it. */
  driver: string;
  /** Classes whose volumes lie in it; absent: all of the driver's. */
  classNames?: readonly string[];
  physicalBytes: number;
  usedBytes: number;
  /** The sum of what its volumes were promised; absent: not known. */
  provisionedBytes?: number;
  /** Used share of the space for metadata, 0 to 1; absent: the pool has no such space. */
  metadataUsedShare?: number;
}

/** A disk that a storage backend has, as its provider lists it. */
export interface BackendDisk extends KubeObject {
  driver: string;
  volumeHandle: string;
  sizeBytes?: number;
  /** What it takes up in the backend, snapshots included; absent: not known. */
  usedBytes?: number;
}

/** One line of a log of the kubelet (`nodeName` says whose) or of a controller. `metadata` only numbers the lines. */
export interface LogLine extends KubeObject {
  component: string;
  nodeName?: string;
  /** RFC 3339. */
  time?: string;
  text: string;
}

/**
 * A member of the cluster's etcd, as `etcdctl endpoint status` and `endpoint health` report it; or, of a cluster that is
 * looked at, what the API server tells of its store as a whole. What is absent is not known.
 */
export interface EtcdMember extends KubeObject {
  dbSizeBytes?: number;
  /** What `--quota-backend-bytes` says; absent: not known. */
  quotaBytes?: number;
  /** `NOSPACE`, `CORRUPT`. */
  alarms?: readonly string[];
  /** Of a member. */
  isHealthy?: boolean;
  /** Of a store: does the API server get answers from it? */
  isReachable?: boolean;
}

/** May absence of an object be taken for a fact? Only where its kind was read whole. */
export type Coverage =
  | { state: 'read' }
  /** The API server does not serve the group: there are no such objects. */
  | { state: 'not-installed' }
  /** Only objects of these namespaces were read; or not all that there is to know, for this reason. */
  | { state: 'partial'; namespaces: readonly string[]; reason?: string }
  | { state: 'unread'; reason: string };
