// How is a failed CSI call told to people? In gRPC's words, as the CSI sidecars print it.

import { RpcError } from './rpc-error.ts';

/** `rpc error: code = ResourceExhausted desc = …`; other errors by their message. */
export function describeRpcError(error: unknown): string {
  if (error instanceof RpcError) return `rpc error: code = ${goName(error.code)} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** gRPC's Go names: `RESOURCE_EXHAUSTED` → `ResourceExhausted`. */
function goName(code: string): string {
  if (code === 'CANCELLED') return 'Canceled';
  return code
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
