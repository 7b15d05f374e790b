// What may the metadata of a kind's objects say, and how often does a refusal say what is wrong with it?
// The rules of all objects look at a change once; most kinds look again, and each look adds its causes.
// Source: apiserver's rest.BeforeUpdate and the ValidateUpdate of upstream's strategies.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { type MetaRules, validateObjectMeta, validateObjectMetaUpdate } from '../../apimachinery/object-meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { pathSegment, pathSegmentPrefix } from '../../apimachinery/validation.ts';
import type { ResourceDefinition } from '../../apis/definition.ts';

/** How a kind's own rules look again: at the whole, as at a new object's, or at the change. In this order. */
type Looks = readonly ('whole' | 'change')[];

const changeFirst: Looks = ['change', 'whole'];
const wholeFirst: Looks = ['whole', 'change'];
const atWhole: Looks = ['whole'];
const atChange: Looks = ['change'];
const never: Looks = [];

/** By `Kind.group`; other built-in kinds look at both, at the change first. */
const looksOf: Record<string, Looks> = {
  PersistentVolume: ['whole', 'whole'],
  Event: never,
  'PodDisruptionBudget.policy': never,
  ...eachOf(atWhole, [
    'LimitRange',
    'CSINode.storage.k8s.io',
    'VolumeAttachment.storage.k8s.io',
    'EndpointSlice.discovery.k8s.io',
    'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
    'MutatingWebhookConfiguration.admissionregistration.k8s.io',
    'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
    'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
    'MutatingAdmissionPolicy.admissionregistration.k8s.io',
    'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  ]),
  ...eachOf(wholeFirst, [
    'Node',
    'Namespace',
    'Job.batch',
    'RuntimeClass.node.k8s.io',
    'StorageClass.storage.k8s.io',
    'CSIStorageCapacity.storage.k8s.io',
    'Role.rbac.authorization.k8s.io',
    'ClusterRole.rbac.authorization.k8s.io',
    'RoleBinding.rbac.authorization.k8s.io',
    'ClusterRoleBinding.rbac.authorization.k8s.io',
    'IPAddress.networking.k8s.io',
    'CertificateSigningRequest.certificates.k8s.io',
  ]),
  ...eachOf(atChange, [
    'Service',
    'ResourceQuota',
    'PodTemplate',
    'ReplicationController',
    'Deployment.apps',
    'ReplicaSet.apps',
    'DaemonSet.apps',
    'StatefulSet.apps',
    'CronJob.batch',
    'HorizontalPodAutoscaler.autoscaling',
    'PriorityClass.scheduling.k8s.io',
    'Lease.coordination.k8s.io',
    'Event.events.k8s.io',
    'CSIDriver.storage.k8s.io',
    'NetworkPolicy.networking.k8s.io',
    'ServiceCIDR.networking.k8s.io',
    'CustomResourceDefinition.apiextensions.k8s.io',
  ]),
};

/** Writes through these look at what is there otherwise than most writes of the status, which look at the change. */
const looksOfStatus: Record<string, Looks> = {
  'CertificateSigningRequest.certificates.k8s.io': wholeFirst,
  'VolumeAttachment.storage.k8s.io': atWhole,
  'CronJob.batch': never,
  'PodDisruptionBudget.policy': never,
};

function eachOf(looks: Looks, kinds: string[]): Record<string, Looks> {
  return Object.fromEntries(kinds.map((kind) => [kind, looks]));
}

/** Causes against a new object: what its kind's rules say, or if that is nothing, what the rules of all objects say. */
export function causesOfNew(definition: ResourceDefinition, object: KubeObject): StatusCause[] {
  const { namespaced } = definition.resource;
  const looks = looksAt(definition, '') !== never;
  const causes = looks ? validateObjectMeta(object, metaRules(definition)) : [];
  causes.push(...(definition.validateCreate?.(object) ?? []));
  return causes.length > 0 ? causes : validateObjectMeta(object, { namespaced, nameRule: pathSegment });
}

/** Causes against the metadata of a changed object, as often as upstream says them. */
export function metaCausesOfChanged(
  definition: ResourceDefinition,
  { object, old, subresource }: { object: KubeObject; old: KubeObject; subresource: string },
): StatusCause[] {
  const rules = metaRules(definition);
  const { namespaced } = rules;
  const causes = validateObjectMeta(object, { namespaced, nameRule: pathSegment });
  causes.push(...validateObjectMetaUpdate(object, old));
  for (const look of looksAt(definition, subresource))
    causes.push(
      ...(look === 'whole' ? validateObjectMeta(object, rules) : validateObjectMetaUpdate(object, old, rules)),
    );
  return causes;
}

/** `Kind.group`. */
function key({ group, kind }: ResourceDefinition['resource']): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function looksAt({ isBuiltIn, resource }: ResourceDefinition, subresource: string): Looks {
  if (!isBuiltIn) return atChange;
  const kind = key(resource);
  switch (subresource) {
    case '':
    case 'scale':
    case 'resize':
    case 'ephemeralcontainers':
      return looksOf[kind] ?? changeFirst;
    case 'binding':
      return never;
    default:
      return looksOfStatus[kind] ?? atChange;
  }
}

/** Upstream asks for a prefix of finalizers where it validates metadata as that of core kinds. */
const plainGroups = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'policy',
]);

function metaRules({ resource, nameRule, isBuiltIn }: ResourceDefinition): MetaRules {
  const { group, kind, namespaced } = resource;
  const plainFinalizers = !isBuiltIn || plainGroups.has(group) || (kind === 'Event' && group === '');
  // Upstream's oldest workload has its name looked at by the new, declared rules, which know nothing of prefixes.
  const prefixRule = key(resource) === 'ReplicationController' ? pathSegmentPrefix : undefined;
  return { namespaced, plainFinalizers, ...(nameRule && { nameRule }), ...(prefixRule && { prefixRule }) };
}
