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

/** May absence of an object be taken for a fact? Only where its kind was read whole. */
export type Coverage =
  | { state: 'read' }
  /** The API server does not serve the group: there are no such objects. */
  | { state: 'not-installed' }
  /** Only objects of these namespaces were read. */
  | { state: 'partial'; namespaces: readonly string[] }
  | { state: 'unread'; reason: string };
