// How does a request reach what a node, a pod or a service serves? Passed on as it is, through the API server.
// Source: apimachinery/pkg/util/proxy, and the ResourceLocation of nodes and pods.

import { BlockList, isIP } from 'node:net';
import { notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { Node, Pod, Service } from '../../apis/core/generated/v1.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { textResponse } from '../respond.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { endpointOf } from '../webhook/service-address.ts';
import { nodeTarget, withoutAddress } from './pod-target.ts';
import { throughProxy } from './proxied-page.ts';
import type { ForwardTarget, KubeletClient } from './types.ts';

/** What a URL says about where to go: `[scheme:]name[:port]`. */
interface Address {
  scheme: '' | 'http' | 'https';
  name: string;
  port: number | undefined;
}

/** A place that may be asked, without the path. */
type Place = Omit<ForwardTarget, 'path'>;

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

/** The answer of the node's agent, of the pod, or of an endpoint of the service. Rejects with StatusError if it can't be asked. */
export async function proxyResponse(
  operation: Operation,
  request: ApiRequest,
  client: KubeletClient | undefined,
): Promise<ApiResponse> {
  const { info, entry, signal } = operation;
  if (!client) throw new StatusError('ServiceUnavailable', 'this API server has no connection to the nodes');
  const target = await proxyTarget(operation, request);
  if (entry.groupResource !== 'nodes' && info.subpath === '') return toSlash(request.path);
  const proxyHost = request.headers[':authority'] ?? request.headers['host'] ?? '';
  const [path = ''] = request.path.split('?');
  const prefix = info.subpath !== '' && path.endsWith(info.subpath) ? path.slice(0, -info.subpath.length) : path;
  const forwarded = {
    ...forwardedHeaders(request),
    'x-forwarded-uri': path,
    ...hostHeader(request, target),
  };
  const message = { method: info.method, headers: forwarded, body: request.body };
  const sourceHost = `${target.host}:${target.port}`;
  const page = { prefix, sourceHost, proxyHost, isHead: info.method === 'HEAD' };
  try {
    const answer = await throughProxy(await client.forward(target, message, signal), page);
    return { status: answer.status, headers: passedOn(answer.headers), body: answer.body };
  } catch (error) {
    signal.throwIfAborted();
    throw unreachableService(error);
  }
}

/** Where a proxied request goes. Rejects with StatusError. */
export async function proxyTarget(operation: Operation, request: ApiRequest): Promise<ForwardTarget> {
  const { info, entry, cache, signal } = operation;
  await cache.caughtUp(signal);
  const at = request.path.indexOf('?');
  const path = `${info.subpath || '/'}${at < 0 ? '' : request.path.slice(at)}`;
  const place = (places[entry.groupResource] ?? nodePlace)(operation);
  // An agent proves by its certificate who it is.
  if (!place.isAgent) refuseHidden(place);
  return { ...place, path };
}

const hidden = new BlockList();
hidden.addAddress('0.0.0.0');
hidden.addAddress('::', 'ipv6');
hidden.addAddress('255.255.255.255');
hidden.addSubnet('169.254.0.0', 16);
hidden.addSubnet('fe80::', 10, 'ipv6');
hidden.addSubnet('224.0.0.0', 4);
hidden.addSubnet('ff00::', 8, 'ipv6');

/**
 * Whoever writes an address could have the server ask what only it can reach, such as a cloud's 169.254.169.254. Loopback
 * stays: the pods of a local cluster are there. Source: apiserver's proxy IsProxyableIP.
 */
function refuseHidden({ host }: Place): void {
  const family = isIP(host);
  if (family !== 0 && hidden.check(host, family === 6 ? 'ipv6' : 'ipv4'))
    throw new StatusError('BadRequest', 'address not allowed');
}

const places: Record<string, (operation: Operation) => Place> = {
  nodes: nodePlace,
  pods: podPlace,
  services: servicePlace,
};

/** Who asks is known by now: whoever answers must not believe what the client says of that. */
const ofAsker = /^(?:impersonate-|x-remote-(?:user|uid|group|extra-))/;

/** Headers of the client that are meant for whoever answers. */
export function forwardedHeaders({ headers, remoteAddress }: ApiRequest): Record<string, string> {
  // Proxies before this one have said for whom they ask.
  const askers = [headers['x-forwarded-for'], remoteAddress?.replace(/^::ffff:/, '')].filter((each) => each);
  const told = Object.entries(passedOn(headers)).filter(([name]) => !ofAsker.test(name));
  return { ...Object.fromEntries(told), ...(askers.length > 0 && { 'x-forwarded-for': askers.join(', ') }) };
}

/** The host by whose name whoever answers is asked: an agent's certificate has its own, all others are asked by the name that the client knows. */
export function hostHeader({ headers }: ApiRequest, { isAgent }: Pick<ForwardTarget, 'isAgent'>): { host?: string } {
  const host = headers[':authority'] ?? headers['host'] ?? '';
  return isAgent || host === '' ? {} : { host };
}

export function unreachableService(error: unknown): StatusError {
  const why = error instanceof Error ? error.message : String(error);
  return new StatusError('ServiceUnavailable', `error trying to reach service: ${why}`, { cause: error });
}

function nodePlace(operation: Operation): Place {
  const { name, port, scheme } = addressOf(operation.info.name);
  const node = cachedObject<Node>(operation, { group: '', plural: 'nodes', key: name });
  if (!node) throw notFound('nodes', name);
  const agent = nodeTarget(node);
  if (!agent) throw withoutAddress(node);
  // The server's own certificate is for agents alone.
  if (port === undefined || port === agent.port) return { ...agent, scheme: 'https', isAgent: true };
  return { host: agent.host, port, scheme: scheme || 'http', isAgent: false };
}

function podPlace(operation: Operation): Place {
  const { name, port, scheme } = addressOf(operation.info.name);
  const pod = cachedObject<Pod>(operation, { group: '', plural: 'pods', key: `${operation.info.namespace}/${name}` });
  if (!pod) throw notFound('pods', name);
  const host = pod.status?.podIP;
  if (!host) throw new StatusError('BadRequest', 'address not allowed');
  const first = pod.spec?.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
  return { host, port: port ?? first ?? (scheme === 'https' ? 443 : 80), scheme: scheme || 'http', isAgent: false };
}

/** A port of a service goes by its number or its name. Source: the ResourceLocation of services. */
function servicePlace(operation: Operation): Place {
  const { namespace, name: text } = operation.info;
  const { scheme, name, port } = splitAddress(text) ?? invalidRequest('service', text);
  const service = cachedObject<Service>(operation, { group: '', plural: 'services', key: `${namespace}/${name}` });
  if (!service) throw notFound('services', name);
  const ports = service.spec?.ports ?? [];
  const isNumber = /^\d+$/.test(port);
  const servicePort = ports.find((each) => (isNumber ? each.port === Number(port) : (each.name ?? '') === port));
  if (isNumber && !servicePort) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const endpoint = servicePort && endpointOf(operation, service, servicePort);
  if (!endpoint) throw unavailable(`no endpoints available for service ${JSON.stringify(text)}`);
  return { ...endpoint, scheme: scheme || 'http', isAgent: false };
}

function unavailable(why: string): StatusError {
  return new StatusError('ServiceUnavailable', why);
}

function invalidRequest(what: 'node' | 'service', text: string): never {
  throw new StatusError('BadRequest', `invalid ${what} request ${JSON.stringify(text)}`);
}

/** Throws BadRequest for what is no `name`, `name:port` or `scheme:name:port`, with a number for a port. */
export function addressOf(text: string): Address {
  const { scheme, name, port } = splitAddress(text) ?? invalidRequest('node', text);
  if (!/^\d*$/.test(port) || Number(port) > 65_535) invalidRequest('node', text);
  return { scheme, name, port: Number(port) || undefined };
}

/** Undefined for what has other parts. Source: apimachinery SplitSchemeNamePort. */
function splitAddress(text: string): { scheme: Address['scheme']; name: string; port: string } | undefined {
  const parts = text.split(':');
  const [scheme = '', name = '', port = ''] = parts.length > 2 ? parts : ['', ...parts];
  return name === '' || parts.length > 3 || !isScheme(scheme) ? undefined : { scheme, name, port };
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
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name) && !name.startsWith(':')));
}
