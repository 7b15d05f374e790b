// What may a node do? Read what its pods need, write only what is its own.
// Source: plugin/pkg/auth/authorizer/node and the role system:node.

import { requiredValue } from '../../apimachinery/field-selector.ts';
import type { ResourceAttributes } from './attributes.ts';
import { rules } from './rbac/rule-notation.ts';
import { ruleAllows } from './rbac/rules.ts';

/** Kinds of objects that a pod leads to. */
export type ReachableResource =
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'volumeattachments'
  | 'serviceaccounts';

/** What the authorizer must know of the cluster. */
export interface NodeFacts {
  /** Node of the pod; '' if it has none, undefined if there is no such pod. */
  nodeOfPod(namespace: string, name: string): string | undefined;
  /** Is there a way from the node over its pods to this object? The namespace is empty for cluster-scoped ones. */
  reaches(nodeName: string, what: { resource: ReachableResource; namespace: string; name: string }): boolean;
}

const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch']);

/** What every node may do alike: the rules of system:node that no object's owner narrows. */
const commonRules = rules([
  'create | authentication.k8s.io | tokenreviews',
  'create | authorization.k8s.io | localsubjectaccessreviews subjectaccessreviews',
  'get list watch | | services',
  'create patch update | , events.k8s.io | events',
  'create get list watch | certificates.k8s.io | certificatesigningrequests',
  'get list watch | storage.k8s.io | csidrivers',
  'get list watch | node.k8s.io | runtimeclasses',
]);

type Check = (nodeName: string, asked: ResourceAttributes, facts: NodeFacts) => string | undefined;

const checks: Record<string, Check> = {
  pods: podRefusal,
  secrets: (...args) => reachableRefusal('secrets', ...args),
  configmaps: (...args) => reachableRefusal('configmaps', ...args),
  persistentvolumes: (...args) => reachableRefusal('persistentvolumes', ...args),
  'volumeattachments.storage.k8s.io': attachmentRefusal,
  persistentvolumeclaims: claimRefusal,
  serviceaccounts: tokenRefusal,
  nodes: nodeObjectRefusal,
  'csinodes.storage.k8s.io': csiNodeRefusal,
  'leases.coordination.k8s.io': leaseRefusal,
};

/** Why the node may not do this; undefined if it may. Empty where upstream gives no reason either. */
export function nodeRefusal(nodeName: string, asked: ResourceAttributes, facts: NodeFacts): string | undefined {
  const check = checks[asked.group === '' ? asked.resource : `${asked.resource}.${asked.group}`];
  if (check) return check(nodeName, asked, facts);
  return commonRules.some((rule) => ruleAllows(rule, asked)) ? undefined : '';
}

function noRelationship(nodeName: string): string {
  return `no relationship found between node '${nodeName}' and this object`;
}

function podRefusal(nodeName: string, asked: ResourceAttributes, facts: NodeFacts): string | undefined {
  const { verb, subresource, namespace, name } = asked;
  if (subresource === '' && (verb === 'list' || verb === 'watch')) {
    const isOwn = selectsOwn(asked, nodeName);
    return isOwn ? undefined : 'can only list/watch pods with spec.nodeName field selector';
  }
  const mayBe =
    (subresource === '' && (verb === 'get' || verb === 'delete')) ||
    (subresource === 'status' && isUpdate(verb)) ||
    (subresource === 'eviction' && verb === 'create');
  if (!mayBe) return '';
  // A pod that is gone is NotFound for everyone, which is what an agent must learn.
  const owner = facts.nodeOfPod(namespace, name);
  return owner === undefined || owner === nodeName ? undefined : noRelationship(nodeName);
}

/** Must be a term of the field selector; other terms only narrow it further. */
function selectsOwn({ fieldSelector }: ResourceAttributes, nodeName: string): boolean {
  return requiredValue(fieldSelector, 'spec.nodeName') === nodeName;
}

/** Reading one object by its name, alone or as a list or watch that its name narrows. */
function reachableRefusal(
  resource: ReachableResource,
  ...[nodeName, { verb, subresource, namespace, name }, facts]: Parameters<Check>
): string | undefined {
  const isListable = resource === 'secrets' || resource === 'configmaps';
  // Our agents follow by their names what upstream's get one by one.
  if (!reads.has(verb))
    return isListable ? 'can only read resources of this type' : 'can only get individual resources of this type';
  if (subresource !== '') return isListable ? 'cannot read subresource' : 'cannot get subresource';
  if (isListable && namespace === '') return 'can only read namespaced object of this type';
  if (name === '') return 'No Object name found';
  return facts.reaches(nodeName, { resource, namespace, name }) ? undefined : noRelationship(nodeName);
}

/** Beside those that it can name, a node may follow its own as it follows its pods. */
function attachmentRefusal(nodeName: string, asked: ResourceAttributes, facts: NodeFacts): string | undefined {
  const isList = asked.verb === 'list' || asked.verb === 'watch';
  if (isList && asked.subresource === '' && selectsOwn(asked, nodeName)) return undefined;
  return reachableRefusal('volumeattachments', nodeName, asked, facts);
}

function claimRefusal(nodeName: string, asked: ResourceAttributes, facts: NodeFacts): string | undefined {
  const { verb, subresource, namespace, name } = asked;
  if (subresource !== 'status') return reachableRefusal('persistentvolumeclaims', nodeName, asked, facts);
  if (!isUpdate(verb) && verb !== 'get') return 'can only get/update/patch this type';
  const what = { resource: 'persistentvolumeclaims' as const, namespace, name };
  return facts.reaches(nodeName, what) ? undefined : noRelationship(nodeName);
}

function tokenRefusal(
  nodeName: string,
  { verb, subresource, namespace, name }: ResourceAttributes,
  facts: NodeFacts,
): string | undefined {
  if (verb !== 'create' || name === '') return 'can only create tokens for individual service accounts';
  if (subresource !== 'token') return 'can only create token subresource of serviceaccount';
  const what = { resource: 'serviceaccounts' as const, namespace, name };
  return facts.reaches(nodeName, what) ? undefined : noRelationship(nodeName);
}

function nodeObjectRefusal(nodeName: string, { verb, subresource, name, isNamed }: ResourceAttributes) {
  if (subresource === '' && reads.has(verb)) {
    if (name === nodeName) return undefined;
    return name === ''
      ? `node '${nodeName}' cannot read all nodes, only its own Node object`
      : `node '${nodeName}' cannot read '${name}', only its own Node object`;
  }
  if (subresource !== '' && subresource !== 'status') return '';
  if (!writes.has(verb)) return '';
  // The name of a new object is in the body: admission compares it.
  if (verb === 'create' && !isNamed) return undefined;
  return name === nodeName ? undefined : `node '${nodeName}' can only write its own Node object`;
}

function csiNodeRefusal(nodeName: string, asked: ResourceAttributes): string | undefined {
  const { verb, subresource, name, isNamed } = asked;
  if (verb !== 'get' && verb !== 'delete' && !writes.has(verb))
    return 'can only get, create, update, patch, or delete a CSINode';
  if (subresource !== '') return 'cannot authorize CSINode subresources';
  if (verb === 'create' && !isNamed) return undefined;
  return name === nodeName ? undefined : 'can only access CSINode with the same name as the requesting node';
}

function leaseRefusal(nodeName: string, asked: ResourceAttributes): string | undefined {
  const { verb, subresource, namespace, name, isNamed } = asked;
  if (verb !== 'get' && verb !== 'delete' && !writes.has(verb))
    return 'can only get, create, update, patch, or delete a node lease';
  if (namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
  if (subresource !== '') return 'cannot authorize subresources of leases';
  if (verb === 'create' && !isNamed) return undefined;
  return name === nodeName ? undefined : 'can only access node lease with the same name as the requesting node';
}

function isUpdate(verb: string): boolean {
  return verb === 'update' || verb === 'patch';
}
