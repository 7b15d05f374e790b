// What may a node do? Read what its pods need, write only what is its own.
// Source: plugin/pkg/auth/authorizer/node and the role system:node.

import type { RequestInfo } from '../request-info.ts';

/** What the authorizer must know of the cluster. */
export interface NodeFacts {
  /** Node of the pod; '' if it has none, undefined if there is no such pod. */
  nodeOfPod(namespace: string, name: string): string | undefined;
  /** Does a pod on the node use this object? */
  podOnNodeUses(
    nodeName: string,
    what: { resource: 'secrets' | 'configmaps'; namespace: string; name: string },
  ): boolean;
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch']);

/** Objects that tell nothing about other nodes' secrets: any node may read them. */
const readable: ReadonlySet<string> = new Set([
  'nodes',
  'services',
  'namespaces',
  'persistentvolumes',
  'persistentvolumeclaims',
  'storageclasses.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

const noRelationship = 'no relationship found between node and this object';

/** Why the node may not do this; undefined if it may. */
export function nodeRefusal(nodeName: string, info: RequestInfo, facts: NodeFacts): string | undefined {
  const target = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  if (reads.has(info.verb) && info.subresource === '' && readable.has(target)) return undefined;
  switch (target) {
    case 'pods':
      return podRefusal(nodeName, info, facts);
    case 'secrets':
    case 'configmaps':
      return referencedRefusal(nodeName, { ...info, resource: target }, facts);
    case 'nodes':
      return ownRefusal(nodeName, info, ['', 'status']);
    case 'csinodes.storage.k8s.io':
      return info.verb === 'delete' && info.name === nodeName ? undefined : ownRefusal(nodeName, info, ['']);
    case 'leases.coordination.k8s.io':
      return leaseRefusal(nodeName, info);
    case 'events':
    case 'events.events.k8s.io':
      return writes.has(info.verb) && info.subresource === '' ? undefined : 'a node may only create and update events';
    case 'persistentvolumeclaims':
      return isStatusUpdate(info) ? undefined : 'a node may only update the status of claims';
    default:
      return `a node has no access to ${target}`;
  }
}

function podRefusal(nodeName: string, info: RequestInfo, facts: NodeFacts): string | undefined {
  const { verb, subresource, namespace, name } = info;
  if (verb === 'list' || verb === 'watch') {
    return selectsNode(info, nodeName) ? undefined : `can only list/watch pods with spec.nodeName field selector`;
  }
  const mayBe =
    subresource === '' ? verb === 'get' || verb === 'delete' : subresource === 'status' && isStatusUpdate(info);
  if (!mayBe && !(subresource === 'eviction' && verb === 'create'))
    return 'a node may only read and delete its pods and update their status';
  // A pod that is gone is NotFound for everyone, which is what an agent must learn.
  const owner = facts.nodeOfPod(namespace, name);
  return owner === undefined || owner === nodeName ? undefined : noRelationship;
}

/** `spec.nodeName=<node>` must be a term of the field selector; other terms only narrow it further. */
function selectsNode({ query }: RequestInfo, nodeName: string): boolean {
  const terms = (query.get('fieldSelector') ?? '').split(',');
  return terms.some((term) => term.replace('==', '=') === `spec.nodeName=${nodeName}`);
}

function referencedRefusal(
  nodeName: string,
  info: RequestInfo & { resource: 'secrets' | 'configmaps' },
  facts: NodeFacts,
): string | undefined {
  const { verb, subresource, resource, namespace, name } = info;
  if (!reads.has(verb) || subresource !== '') return 'can only read resources of this type';
  if (name === '') return 'No Object name found';
  return facts.podOnNodeUses(nodeName, { resource, namespace, name }) ? undefined : noRelationship;
}

function ownRefusal(
  nodeName: string,
  { verb, subresource, name, isNamed }: RequestInfo,
  subresources: string[],
): string | undefined {
  if (!writes.has(verb) || !subresources.includes(subresource)) return 'a node may only write its own object';
  // The name of a new object is in the body: admission compares it.
  if (verb === 'create' && !isNamed) return undefined;
  return name === nodeName ? undefined : `a node may only write the object named ${JSON.stringify(nodeName)}`;
}

function leaseRefusal(nodeName: string, info: RequestInfo): string | undefined {
  if (info.namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
  if (info.verb === 'create') return undefined;
  const isOwn = info.name === nodeName;
  if (info.subresource === '' && isOwn && (reads.has(info.verb) || writes.has(info.verb) || info.verb === 'delete'))
    return undefined;
  return 'can only access node lease with the same name as the requesting node';
}

function isStatusUpdate({ verb, subresource }: RequestInfo): boolean {
  return subresource === 'status' && (verb === 'update' || verb === 'patch');
}
