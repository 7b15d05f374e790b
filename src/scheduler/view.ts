// What must be known of the cluster to place one pod?

import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../apis/storage/generated/v1.ts';
import type { Lister } from '../client/types.ts';

/** The cluster at one moment. */
export interface Cluster {
  nodes: readonly Node[];
  /** Pods that take up room, by node: bound ones, and those that this scheduler has decided on. */
  podsByNode: ReadonlyMap<string, readonly Pod[]>;
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
  classes: Lister<StorageClass>;
  drivers: Lister<CSIDriver>;
  csiNodes: Lister<CSINode>;
  capacities: Lister<CSIStorageCapacity>;
}

export interface PodView {
  pod: Pod;
  cluster: Cluster;
  /** The node that an earlier pass decided on. */
  assumedNode: string | undefined;
}

/** One filter's question: may `pod` run on `node`? */
export interface Candidate {
  pod: Pod;
  node: Node;
  cluster: Cluster;
}

/** Why not, in upstream's words; empty if it may. */
export type Filter = (candidate: Candidate) => string[];

/** The pods that take up room on the node. */
export function podsOn({ node, cluster }: Pick<Candidate, 'node' | 'cluster'>): readonly Pod[] {
  return cluster.podsByNode.get(node.metadata.name) ?? [];
}
