// What does a node's supervisor answer when it is asked to stop the writers of a volume?
// `POST https://<node address>:10251/fence`, mutual TLS, one JSON object each way.

export const supervisorPort = 10251;

export interface FenceRequest {
  /** Chosen by the asker; the answer repeats it, so that an old answer proves nothing. */
  nonce: string;
  volumeHandles: string[];
  /**
   * Epoch of the attachment to be stopped, by volume handle. The supervisor then refuses it also where no pod
   * has mounted it yet; without it, the answer for a volume that the supervisor has never seen is a refusal.
   */
  epochs?: Record<string, number>;
}

/** Sent only when, for every volume asked for, what `TombstoneEvidence` says is true. */
export interface FenceAnswer {
  nonce: string;
  /** Boot ID of the node that answers. */
  bootID: string;
  volumes: TombstoneEvidence[];
}

export interface TombstoneEvidence {
  volumeHandle: string;
  /** Pods that had the volume and whose process trees are empty now. */
  podUIDs: string[];
  /** cgroup `populated 0`, or every process of the container's PID namespace gone. */
  processTreeEmpty: true;
  /** Staging and publish mounts are gone from the node's mount namespace. */
  unmounted: true;
  /** RFC 3339 with microseconds, the node's clock. */
  stoppedAt: string;
}
