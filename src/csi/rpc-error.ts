// What does a CSI call fail with? A gRPC status, by the names that the CSI specification uses.

/** gRPC status codes; the numbers are the wire's. */
export const rpcCodes = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type RpcCode = keyof typeof rpcCodes;

/** A refusal by a CSI driver, or the failure to reach it (`UNAVAILABLE`, `DEADLINE_EXCEEDED`, `CANCELLED`). */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcCode;

  constructor(code: RpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The name of a numeric gRPC code; a code that gRPC does not define counts as UNKNOWN, as gRPC asks. */
export function rpcCodeOf(number: number): RpcCode {
  const entry = Object.entries(rpcCodes).find(([, value]) => value === number);
  return (entry?.[0] as RpcCode | undefined) ?? 'UNKNOWN';
}

const maybeInBackground: ReadonlySet<RpcCode> = new Set(['CANCELLED', 'DEADLINE_EXCEEDED', 'UNAVAILABLE', 'ABORTED']);

/**
 * May the driver still be at work after this error? Then the same call must be repeated, or negated, and
 * never taken for "it did not happen". RESOURCE_EXHAUSTED is left to the caller: for an attach it is in this
 * class, for CreateVolume it is final (external-attacher, external-provisioner).
 */
export function isMaybeInBackground(error: unknown): boolean {
  return !(error instanceof RpcError) || maybeInBackground.has(error.code);
}
