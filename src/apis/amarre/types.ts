// Which kinds are Amarre's own? Types of amarre.io/v1alpha1.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';

/** How strong a proof is; see docs/explanation/fencing.md. Strongest first. */
export type FenceClass = 'Gate' | 'Tombstone' | 'Power' | 'Reboot' | 'DeadMan' | 'Attestation';

/**
 * States that one attachment of one volume can't write any more. Cluster-scoped, never changed after creation.
 * Its name is `<pv name>-<epoch>`. No detach from an unresponsive node happens without one.
 */
export interface FenceProof extends KubeObject {
  spec: FenceProofSpec;
}

export interface FenceProofSpec {
  class: FenceClass;
  volumeName: string;
  volumeHandle: string;
  driver: string;
  nodeName: string;
  /** `status.nodeInfo.bootID` of the node when it was suspected. */
  bootID: string;
  /** The attachment's epoch, from `VolumeAttachment.status.attachmentMetadata.epoch`. */
  epoch: number;
  /** UID of the VolumeAttachment that is proven harmless: a later attachment to the same node needs a proof of its own. */
  attachmentUID: string;
  /** UIDs of the pods that wrote through this attachment. */
  podUIDs?: string[];
  /** Why fencing started: `NodeUnresponsive`. */
  cause: string;
  /** RFC 3339 with microseconds. */
  suspectedAt: string;
  provenAt: string;
  /**
   * Class-specific facts, as the fence method returned them: `{ "device": "/dev/loop4", "drained": "true" }`. What the
   * supervisor said beside a stronger class is there as `tombstone…`: `tombstoneStoppedAt` is when the writers were gone.
   */
  evidence: Record<string, string>;
}

const group = { group: 'amarre.io', version: 'v1alpha1' } as const;

export const fenceProofs: Resource<FenceProof> = {
  ...group,
  plural: 'fenceproofs',
  kind: 'FenceProof',
  namespaced: false,
};
