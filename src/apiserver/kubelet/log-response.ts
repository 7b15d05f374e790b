// How does a pod's log reach the client? Piped from the node's agent as it is written.

import { forbidden, invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import { dialProblem } from '../go-dial-error.ts';
import type { Operation } from '../registry/context.ts';
import { invalid } from '../registry/incoming.ts';
import { readInteger } from '../registry/list-options.ts';
import { type ApiResponse, FixedBody } from '../types.ts';
import { logTarget } from './pod-target.ts';
import type { KubeletAnswer, KubeletClient, KubeletTarget } from './types.ts';

/** The answer to `pods/log`. Rejects with StatusError if the agent can't be reached or refuses. */
export async function logResponse(operation: Operation, kubelet: KubeletClient | undefined): Promise<ApiResponse> {
  validateLogOptions(operation);
  const target = await logTarget(operation);
  // Nothing has been said by a pod that has no node yet.
  if (!target) return { status: 204, headers: {}, body: new FixedBody([]) };
  if (!kubelet) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
  const answer = await kubelet.get(target, operation.signal).catch((error: unknown) => {
    throw unreachable(target, error);
  });
  if (answer.status !== 200) throw await refusalOf(answer);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: answer.body };
}

/** Throws Invalid or BadRequest. Source: pkg/apis/core/validation, ValidatePodLogOptions. */
function validateLogOptions({ info: { name, query } }: Operation): void {
  const number = (parameter: string): number | undefined =>
    query.get(parameter) ? readInteger(query, parameter) : undefined;
  const [tailLines, limitBytes, sinceSeconds] = ['tailLines', 'limitBytes', 'sinceSeconds'].map(number);
  const stream = query.get('stream') || 'All';
  const causes: StatusCause[] = [];
  const positive = 'must be greater than 0';
  if (tailLines !== undefined && tailLines < 0)
    causes.push(invalidValue('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1) causes.push(invalidValue('limitBytes', limitBytes, positive));
  if (sinceSeconds !== undefined && query.get('sinceTime'))
    causes.push(forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    causes.push(invalidValue('sinceSeconds', sinceSeconds, positive));
  if (!logStreams.includes(stream)) causes.push(notSupported('stream', stream, logStreams));
  if (stream !== 'All' && tailLines !== undefined)
    causes.push(forbidden('', '`tailLines` and specific `stream` are mutually exclusive for now'));
  if (causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, causes);
}

const logStreams = ['All', 'Stderr', 'Stdout'];

/** Upstream's words for an agent that does not answer. */
export function unreachable({ host, port, path }: KubeletTarget, error: unknown): StatusError {
  const why = dialProblem(error);
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
