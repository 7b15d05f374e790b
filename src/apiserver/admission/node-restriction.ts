// What may a node write into the objects it may write? Source: plugin/pkg/admission/noderestriction.

import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

const reservedLabelPrefix = 'node-restriction.kubernetes.io/';

/** Holds nodes to their own Node, Lease, CSINode and pods, where the URL alone does not tell. */
export function nodeRestriction(request: AdmissionRequest): void {
  const nodeName = nodeNameOf(request.operation.user);
  if (nodeName === undefined) return;
  const why = nodeRefusal(nodeName, request);
  const name = request.object?.metadata.name ?? request.operation.info.name;
  if (why) throw forbiddenBy(request.operation, name, { why });
}

/** Why the node may not do this; undefined if it may. */
export function nodeRefusal(nodeName: string, { verb, operation, object, old }: AdmissionRequest): string | undefined {
  switch (operation.entry.groupResource) {
    case 'nodes':
      return nodeWriteRefusal(nodeName, object, old);
    case 'leases.coordination.k8s.io':
      return verb === 'CREATE' ? otherName(nodeName, object, 'lease') : undefined;
    case 'csinodes.storage.k8s.io':
      return verb === 'CREATE' ? otherName(nodeName, object, 'CSINode') : undefined;
    case 'pods':
      return podWriteRefusal(nodeName, verb, (old ?? object) as Pod);
    default:
      return undefined;
  }
}

function otherName(nodeName: string, object: AdmissionRequest['object'], what: string): string | undefined {
  return object?.metadata.name === nodeName
    ? undefined
    : `node "${nodeName}" can only access ${what} with the same name as the requesting node`;
}

function podWriteRefusal(nodeName: string, verb: AdmissionRequest['verb'], pod: Pod): string | undefined {
  if (verb === 'CREATE')
    return `pod does not have "kubernetes.io/config.mirror" annotation, node "${nodeName}" can only create mirror pods`;
  if (pod.spec?.nodeName === nodeName) return undefined;
  return `node "${nodeName}" can only ${verb === 'DELETE' ? 'delete pods' : 'update pod status for pods'} with spec.nodeName set to itself`;
}

function nodeWriteRefusal(nodeName: string, node: Node | undefined, before: Node | undefined): string | undefined {
  if (!node) return undefined;
  if (node.metadata.name !== nodeName)
    return `node "${nodeName}" is not allowed to modify node "${node.metadata.name}"`;
  const reserved = changedLabels(node, before).filter((key) => key.startsWith(reservedLabelPrefix));
  if (reserved.length > 0) return `is not allowed to modify labels: ${reserved.join(', ')}`;
  const sameTaints = JSON.stringify(node.spec?.taints ?? []) === JSON.stringify(before?.spec?.taints ?? []);
  return before && !sameTaints ? `node "${nodeName}" is not allowed to modify taints` : undefined;
}

function changedLabels(node: Node, before: Node | undefined): string[] {
  const [now, then] = [node.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((key) => now[key] !== then[key]).sort();
}
