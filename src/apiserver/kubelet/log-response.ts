// How does a pod's log reach the client? Piped from the node's agent as it is written.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { Operation } from '../registry/context.ts';
import type { ApiResponse } from '../types.ts';
import { logTarget } from './pod-target.ts';
import type { KubeletAnswer, KubeletClient, KubeletTarget } from './types.ts';

/** The answer to `pods/log`. Rejects with StatusError if the agent can't be reached or refuses. */
export async function logResponse(operation: Operation, kubelet: KubeletClient | undefined): Promise<ApiResponse> {
  const target = await logTarget(operation);
  if (!kubelet) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
  const answer = await kubelet.get(target, operation.signal).catch((error: unknown) => {
    throw unreachable(target, error);
  });
  if (answer.status !== 200) throw await refusalOf(answer);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: answer.body };
}

/** Upstream's words for an agent that does not answer. */
export function unreachable({ host, port, path }: KubeletTarget, error: unknown): StatusError {
  const why = error instanceof Error ? error.message : String(error);
  const url = `https://${host}:${port}${path}`;
  return new StatusError('InternalError', `Internal error occurred: Get ${JSON.stringify(url)}: ${why}`, {
    cause: error,
  });
}

async function refusalOf({ status, body }: KubeletAnswer): Promise<StatusError> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString().trim();
  return new StatusError(
    status === 404 ? 'NotFound' : status < 500 ? 'BadRequest' : 'InternalError',
    text || `the node's agent answered with code ${status}`,
  );
}
