// How does a request reach what a node or a pod serves? Passed on as it is, through the API server.
// Source: apimachinery/pkg/util/proxy, and the ResourceLocation of nodes and pods.

import { notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { textResponse } from '../respond.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { nodeTarget } from './pod-target.ts';
import type { ForwardTarget, KubeletClient } from './types.ts';

/** What a URL says about where to go: `[scheme:]name[:port]`. */
interface Address {
  scheme: '' | 'http' | 'https';
  name: string;
  port: number | undefined;
}

/** Headers that are about one connection, or about who asked the API server. Those of HTTP/2 start with a colon. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The answer of the node's agent or of the pod. Rejects with StatusError if it can't be asked. */
export async function proxyResponse(
  operation: Operation,
  request: ApiRequest,
  client: KubeletClient | undefined,
): Promise<ApiResponse> {
  const { info, entry, cache, signal } = operation;
  if (!client) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
  await cache.caughtUp(signal);
  const isPod = entry.groupResource === 'pods';
  if (isPod && info.subpath === '') return toSlash(request.path);
  const place = isPod ? podPlace(operation) : nodePlace(operation);
  const at = request.path.indexOf('?');
  const path = `${info.subpath || '/'}${at < 0 ? '' : request.path.slice(at)}`;
  const headers = passedOn(request.headers);
  if (request.remoteAddress) headers['x-forwarded-for'] = request.remoteAddress;
  const message = { method: info.method, headers, body: request.body };
  const answer = await client.forward({ ...place, path }, message, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError('ServiceUnavailable', `error trying to reach service: ${why}`, { cause: error });
  });
  return { status: answer.status, headers: passedOn(answer.headers), body: answer.body };
}

function nodePlace(operation: Operation): Omit<ForwardTarget, 'path'> {
  const { name, port, scheme } = addressOf(operation.info.name);
  const node = cachedObject<Node>(operation, { group: '', plural: 'nodes', key: name });
  if (!node) throw notFound('nodes', name);
  const agent = nodeTarget(node);
  if (!agent)
    throw new StatusError(
      'InternalError',
      `Internal error occurred: no preferred addresses found for node ${JSON.stringify(name)}`,
    );
  // The server's own certificate is for agents alone.
  if (port === undefined || port === agent.port) return { ...agent, scheme: 'https', isAgent: true };
  return { host: agent.host, port, scheme: scheme || 'http', isAgent: false };
}

function podPlace(operation: Operation): Omit<ForwardTarget, 'path'> {
  const { name, port, scheme } = addressOf(operation.info.name);
  const pod = cachedObject<Pod>(operation, { group: '', plural: 'pods', key: `${operation.info.namespace}/${name}` });
  if (!pod) throw notFound('pods', name);
  const host = pod.status?.podIP;
  if (!host) throw new StatusError('BadRequest', 'address not allowed');
  const first = pod.spec?.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
  return { host, port: port ?? first ?? (scheme === 'https' ? 443 : 80), scheme: scheme || 'http', isAgent: false };
}

/** Throws BadRequest for what is no `name`, `name:port` or `scheme:name:port`. Source: apimachinery SplitSchemeNamePort. */
export function addressOf(text: string): Address {
  const parts = text.split(':');
  const [scheme = '', name = '', port = ''] = parts.length > 2 ? parts : ['', ...parts];
  const isPort = /^\d*$/.test(port) && Number(port) <= 65_535;
  if (name === '' || parts.length > 3 || !isPort || !isScheme(scheme))
    throw new StatusError('BadRequest', `invalid node request ${JSON.stringify(text)}`);
  return { scheme, name, port: Number(port) || undefined };
}

function isScheme(text: string): text is Address['scheme'] {
  return text === '' || text === 'http' || text === 'https';
}

/** Relative links of what a pod serves are right only below a slash. */
function toSlash(target: string): ApiResponse {
  const [path = '', query] = target.split('?');
  const answer = textResponse(301, '');
  return { ...answer, headers: { ...answer.headers, location: `${path}/${query === undefined ? '' : `?${query}`}` } };
}

function passedOn(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !ownHeaders.has(name) && !name.startsWith(':') && !name.startsWith('impersonate-'),
    ),
  );
}
