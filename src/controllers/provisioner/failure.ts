// What does a failed CreateVolume mean? The table of external-provisioner's checkError.

import { isMaybeInBackground, RpcError } from '../../csi/rpc-error.ts';

/**
 * `InBackground`: the volume may exist or be in the making; ask again under the same name.
 * `Reschedule`: there is no room where the scheduler wants it; let it choose another node.
 * `Final`: nothing exists.
 */
export type ProvisioningState = 'InBackground' | 'Reschedule' | 'Final';

/** Judges a failure of CreateVolume. CSI: CreateVolume Errors. */
export function provisioningState(
  error: unknown,
  { hasSelectedNode }: { hasSelectedNode: boolean },
): ProvisioningState {
  if (isMaybeInBackground(error)) return 'InBackground';
  const isFull = error instanceof RpcError && error.code === 'RESOURCE_EXHAUSTED';
  return isFull && hasSelectedNode ? 'Reschedule' : 'Final';
}
