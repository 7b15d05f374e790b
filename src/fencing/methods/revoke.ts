// Gate: ask the storage to refuse all further writes of one attachment.

import type { CsiDriver } from '../../csi/client.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { GateEvidence } from '../proof.ts';

export interface RevokeTarget {
  volumeHandle: string;
  nodeId: string;
  epoch: number;
}

export interface RevokeOptions {
  csi: CsiDriver;
  timeoutMs: number;
}

/**
 * Revokes `target` in the storage. Idempotent. Resolves with undefined when the driver has no Fence service;
 * rejects with RpcError when the outcome is unknown, and then nothing is proven.
 */
export async function revokeMethod(
  target: RevokeTarget,
  { csi, timeoutMs }: RevokeOptions,
  signal: AbortSignal,
): Promise<GateEvidence | undefined> {
  try {
    return await csi.fence.revoke(
      { volumeId: target.volumeHandle, nodeId: target.nodeId, epoch: target.epoch },
      { signal, timeoutMs },
    );
  } catch (error) {
    if (error instanceof RpcError && error.code === 'UNIMPLEMENTED') return undefined;
    throw error;
  }
}
