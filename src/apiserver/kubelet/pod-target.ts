// Where does a pod's agent answer, and under which path? Source: pkg/registry/core/pod strategy LogLocation, ExecLocation.

import { notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { defaultKubeletPort } from '../../apis/core/kubelet-port.ts';
import { cachedObject } from '../registry/cached-objects.ts';
import type { Operation } from '../registry/context.ts';
import { requireObject } from '../registry/storage.ts';
import { isTrue } from '../request-info.ts';
import type { KubeletTarget } from './types.ts';

const logParameters = [
  'follow',
  'tailLines',
  'timestamps',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'limitBytes',
  'stream',
];
const streamParameters: Record<string, string> = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };

/** The agent's path for the pod's log; undefined while no node has the pod. Rejects with NotFound or BadRequest. */
export async function logTarget(operation: Operation): Promise<KubeletTarget | undefined> {
  const { query } = operation.info;
  const pod = (await requireObject(operation)).object as Pod;
  const parameters = new URLSearchParams();
  for (const name of logParameters) {
    const value = query.get(name);
    if (value !== null) parameters.set(name, value);
  }
  containerOf(pod, query.get('container') ?? '');
  return pod.spec?.nodeName ? target(operation, pod, { verb: 'containerLogs', parameters }) : undefined;
}

/** The agent's path for exec or attach. Rejects with NotFound or BadRequest. */
export async function streamTarget(operation: Operation, verb: 'exec' | 'attach'): Promise<KubeletTarget> {
  const { query } = operation.info;
  const pod = (await requireObject(operation)).object as Pod;
  const parameters = new URLSearchParams();
  for (const [from, to] of Object.entries(streamParameters)) if (isTrue(query.get(from))) parameters.set(to, '1');
  for (const word of query.getAll('command')) parameters.append('command', word);
  return target(operation, pod, { verb, parameters });
}

/** The agent's path for port-forward. Rejects with NotFound or BadRequest. */
export async function portForwardTarget(operation: Operation): Promise<KubeletTarget> {
  const pod = (await requireObject(operation)).object as Pod;
  const { name, namespace = '' } = pod.metadata;
  const path = `/portForward/${[namespace, name].map(encodeURIComponent).join('/')}`;
  return { ...(await agentOf(operation, pod)), path };
}

interface Route {
  verb: 'containerLogs' | 'exec' | 'attach';
  parameters: URLSearchParams;
}

async function target(operation: Operation, pod: Pod, { verb, parameters }: Route): Promise<KubeletTarget> {
  const { name, namespace = '' } = pod.metadata;
  const container = containerOf(pod, operation.info.query.get('container') ?? '');
  const query = parameters.size > 0 ? `?${parameters}` : '';
  const path = `/${verb}/${[namespace, name, container].map(encodeURIComponent).join('/')}${query}`;
  return { ...(await agentOf(operation, pod)), path };
}

/** Where the agent of the pod's node listens. */
async function agentOf(operation: Operation, pod: Pod): Promise<{ host: string; port: number }> {
  const { cache, signal } = operation;
  const { name } = pod.metadata;
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw new StatusError('BadRequest', `pod ${name} does not have a host assigned`);
  await cache.caughtUp(signal);
  const node = cachedObject<Node>(operation, { group: '', plural: 'nodes', key: nodeName });
  // Upstream's words: it looks the node up in the name of the request.
  if (!node) throw notFound('pods', nodeName);
  const address = nodeTarget(node);
  if (!address) throw withoutAddress(node);
  return address;
}

/** Upstream has no reason for it. */
export function withoutAddress({ status }: Node): StatusError {
  const known = (status?.addresses ?? []).map(({ type, address }) => `{${type} ${address}}`);
  const why = `no preferred addresses found; known addresses: [${known.join(' ')}]`;
  return new StatusError('InternalError', why, { answered: { code: 500, reason: '' } });
}

/** Where the agent of a node answers; undefined until the node has an address. */
export function nodeTarget({ status }: Node): Omit<KubeletTarget, 'path'> | undefined {
  const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  return host === undefined
    ? undefined
    : { host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultKubeletPort };
}

/** The container asked for, or the only or annotated one. Throws BadRequest. */
function containerOf(pod: Pod, wanted: string): string {
  const { name, annotations } = pod.metadata;
  const main = (pod.spec?.containers ?? []).map((each) => each.name);
  const init = (pod.spec?.initContainers ?? []).map((each) => each.name);
  if (wanted === '') {
    const [first] = main;
    if (main.length === 1 && first !== undefined) return first;
    const marked = annotations?.['kubectl.kubernetes.io/default-container'];
    if (marked && main.includes(marked)) return marked;
    const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
    throw new StatusError(
      'BadRequest',
      `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others}`,
    );
  }
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((each) => each.name);
  if ([...main, ...init, ...ephemeral].includes(wanted)) return wanted;
  throw new StatusError('BadRequest', `container ${wanted} is not valid for pod ${name}`);
}
