// Which requests go on to a node's agent or to a pod, and where to? Logs, exec, attach, port-forward, proxy.

import { StatusError } from '../../apimachinery/status-error.ts';
import { attributesOf } from '../auth/attributes.ts';
import { methodNotAllowed, unknownPath } from '../registry/catalogue.ts';
import type { Operation } from '../registry/context.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { admitConnect } from './connect-options.ts';
import { logResponse } from './log-response.ts';
import { portForwardTarget, streamTarget } from './pod-target.ts';
import { proxyResponse, proxyTarget } from './proxy.ts';
import type { ForwardTarget, KubeletClient, KubeletTarget } from './types.ts';

/** Subresources whose answer somebody else gives. */
export const connectSubresources: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** The answer of an agent or a pod; undefined if the request is for the registry. Rejects with StatusError. */
export async function connectResponse(
  operation: Operation,
  request: ApiRequest,
  kubelet: KubeletClient | undefined,
): Promise<ApiResponse | undefined> {
  const { info, entry } = operation;
  const { subresource } = info;
  if (!(entry.definition.subresources as string[]).includes(subresource)) return undefined;
  if (subresource === 'proxy') return proxyResponse(await admitConnect(operation), request, kubelet);
  if (info.subpath !== '') return undefined;
  if (subresource === 'log') return info.verb === 'get' ? logResponse(operation, kubelet) : undefined;
  await agentTarget(operation);
  throw new StatusError('BadRequest', 'Upgrade request required');
}

/** Where a stream goes: to an agent, or, as it came, to whoever a proxied request is for. */
export interface StreamTarget {
  agent?: KubeletTarget;
  proxied?: ForwardTarget;
}

/** Where to take the stream that was asked for. Rejects with StatusError. */
export async function streamTargetOf(operation: Operation, request: ApiRequest): Promise<StreamTarget> {
  const { info, entry } = operation;
  const { subresource } = info;
  if (subresource !== '' && !(entry.definition.subresources as string[]).includes(subresource)) throw unknownPath();
  if (subresource !== 'proxy') return { agent: await agentTarget(operation) };
  return { proxied: await proxyTarget(await admitConnect(operation), request) };
}

/**
 * A WebSocket begins with a GET, and what it carries changes the pod: who may only read must not open it. Throws Forbidden.
 * Source: pkg/registry/core/pod/rest/subresources.go, AuthorizePodWebsocketUpgradeCreatePermission.
 */
function requireCreate({ access, user, info }: Operation): void {
  const { isAllowed, reason } = access.authorizer.decide(user, { ...attributesOf(info), verb: 'create' });
  if (isAllowed) return;
  const { name } = info;
  const details = { name, kind: 'pods' };
  throw new StatusError('Forbidden', `pods ${JSON.stringify(name)} is forbidden: ${reason}`, { details });
}

const streamMethods = new Set(['GET', 'POST']);
const isStream = ({ subresource }: Operation['info']): boolean =>
  ['exec', 'attach', 'portforward'].includes(subresource);

async function agentTarget(operation: Operation): Promise<KubeletTarget> {
  const { info } = operation;
  if (info.subpath !== '') throw unknownPath();
  if (isStream(info)) {
    if (!streamMethods.has(info.method)) throw methodNotAllowed();
    if (info.verb === 'get') requireCreate(operation);
    if (info.subresource === 'exec' || info.subresource === 'attach')
      return streamTarget(await admitConnect(operation), info.subresource);
    return portForwardTarget(await admitConnect(operation));
  }
  throw new StatusError('BadRequest', `${info.path} does not take a stream`);
}
