// What may a node write into the objects it may write? Source: plugin/pkg/admission/noderestriction.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

/** Source: k8s.io/kubelet/pkg/apis well_known_labels.go. */
const ownLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);

const leaseNamespace = 'kube-node-lease';

/** Holds nodes to their own Node, Lease, CSINode and pods, where the URL alone does not tell. */
export function nodeRestriction(request: AdmissionRequest): void {
  const nodeName = nodeNameOf(request.operation.user);
  if (nodeName === undefined) return;
  const why = nodeRefusal(nodeName, request);
  const name = request.object?.metadata.name ?? request.operation.info.name;
  if (why) throw forbiddenBy(request.operation, name, { why });
}

/** Why the node may not do this; undefined if it may. */
export function nodeRefusal(nodeName: string, request: AdmissionRequest): string | undefined {
  const { verb, operation, object, old } = request;
  switch (operation.entry.groupResource) {
    case 'nodes':
      return operation.info.isNamed && operation.info.name !== nodeName
        ? otherNode(nodeName, operation.info.name)
        : nodeWriteRefusal(nodeName, object, old);
    case 'leases.coordination.k8s.io':
      return leaseRefusal(nodeName, request);
    case 'csinodes.storage.k8s.io':
      return verb === 'CREATE' ? otherName(nodeName, object?.metadata.name, 'CSINode') : undefined;
    case 'pods':
      return podRefusal(nodeName, request);
    case 'persistentvolumeclaims':
      return claimRefusal(nodeName, { operation, object, old });
    default:
      return undefined;
  }
}

function leaseRefusal(nodeName: string, { verb, operation: { info }, object }: AdmissionRequest): string | undefined {
  if (info.namespace !== leaseNamespace) return `can only access leases in the "${leaseNamespace}" system namespace`;
  return otherName(nodeName, verb === 'CREATE' ? object?.metadata.name : info.name, 'node lease');
}

function otherName(nodeName: string, name: string | undefined, what: string): string | undefined {
  return name === nodeName ? undefined : `can only access ${what} with the same name as the requesting node`;
}

/** Evictions of other nodes' pods are refused by the authorizer. */
function podRefusal(nodeName: string, { verb, operation, object, old }: AdmissionRequest): string | undefined {
  switch (operation.info.subresource) {
    case '':
      return podWriteRefusal(nodeName, verb, old);
    case 'status':
      return old && object && podStatusRefusal(nodeName, old, object);
    case 'eviction':
      return undefined;
    default:
      return `unexpected pod subresource "${operation.info.subresource}", only 'status' and 'eviction' are allowed`;
  }
}

function podWriteRefusal(nodeName: string, verb: AdmissionRequest['verb'], pod: Pod | undefined): string | undefined {
  if (verb === 'CREATE')
    return `pod does not have "kubernetes.io/config.mirror" annotation, node "${nodeName}" can only create mirror pods`;
  if (verb !== 'DELETE')
    return `unexpected operation "${verb}", node "${nodeName}" can only create and delete mirror pods`;
  return pod?.spec?.nodeName === nodeName
    ? undefined
    : `node "${nodeName}" can only delete pods with spec.nodeName set to itself`;
}

function podStatusRefusal(nodeName: string, pod: Pod, wanted: Pod): string | undefined {
  if (pod.spec?.nodeName !== nodeName)
    return `node "${nodeName}" can only update pod status for pods with spec.nodeName set to itself`;
  if (!semanticallyEqual(pod.metadata.labels, wanted.metadata.labels))
    return `node "${nodeName}" cannot update labels through pod status`;
  const claims = ({ status }: Pod): unknown => status?.resourceClaimStatuses ?? [];
  return semanticallyEqual(claims(pod), claims(wanted))
    ? undefined
    : `node "${nodeName}" cannot update resource claim statues`;
}

function otherNode(nodeName: string, other: string): string {
  return `node "${nodeName}" is not allowed to modify node "${other}"`;
}

function nodeWriteRefusal(nodeName: string, node: Node | undefined, before: Node | undefined): string | undefined {
  if (!node) return undefined;
  if (node.metadata.name !== nodeName) return otherNode(nodeName, node.metadata.name);
  if (node.spec?.configSource && !semanticallyEqual(node.spec.configSource, before?.spec?.configSource))
    return `node "${nodeName}" is not allowed to ${before ? 'update configSource to a new' : 'create pods with a'} non-nil configSource`;
  if (before && !semanticallyEqual(node.spec?.taints ?? [], before.spec?.taints ?? []))
    return `node "${nodeName}" is not allowed to modify taints`;
  const foreign = changedLabels(node, before).filter((key) => !isOwnLabel(key));
  if (foreign.length > 0)
    return before
      ? `is not allowed to modify labels: ${foreign.join(', ')}`
      : `node "${nodeName}" is not allowed to set the following labels: ${foreign.join(', ')}`;
  // Who owns a node could have it deleted, and come back as another one.
  if (before && !semanticallyEqual(node.metadata.ownerReferences ?? [], before.metadata.ownerReferences ?? []))
    return `node "${nodeName}" is not allowed to modify ownerReferences`;
  return undefined;
}

/** By what a node says of itself, workloads may find it; by labels of the cluster it could draw them to itself. */
function isOwnLabel(key: string): boolean {
  const namespace = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const isIn = (domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`);
  if (isIn('node-restriction.kubernetes.io')) return false;
  if (!isIn('kubernetes.io') && !isIn('k8s.io')) return true;
  return ownLabels.has(key) || isIn('kubelet.kubernetes.io') || isIn('node.kubernetes.io');
}

/** A node reports how far a claim has grown, and changes nothing else of it. */
function claimRefusal(
  nodeName: string,
  { operation, object, old }: Pick<AdmissionRequest, 'operation' | 'object' | 'old'>,
): string | undefined {
  if (operation.info.subresource !== 'status' || !object || !old) return 'may only update PVC status';
  if (semanticallyEqual(withoutGrowth(object), withoutGrowth(old))) return undefined;
  return `node "${nodeName}" is not allowed to update fields other than status.capacity and status.conditions`;
}

function withoutGrowth({ metadata, ...claim }: PersistentVolumeClaim): object {
  const { resourceVersion: _resourceVersion, managedFields: _managedFields, ...kept } = metadata;
  const status = { ...claim.status };
  for (const key of ['capacity', 'conditions', 'allocatedResources', 'allocatedResourceStatuses'] as const)
    delete status[key];
  return { ...claim, metadata: kept, status };
}

function changedLabels(node: Node, before: Node | undefined): string[] {
  const [now, then] = [node.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].filter((key) => now[key] !== then[key]).sort();
}
