// What do neither the 1.22 swagger nor the models of 1.36 tell about a field? List types and merge
// keys of fields that are newer than 1.22, which strings are quantities, and where a definition lives.

import type { JsonSchema } from '../src/apis/definition.ts';

/** `Kind.field` of strings (or maps of strings) that are newer than 1.22 and hold quantities. */
export const quantityFields: ReadonlySet<string> = new Set([
  'CSIStorageCapacity.capacity',
  'CSIStorageCapacity.maximumVolumeSize',
  'ContainerStatus.allocatedResources',
  'HPAScalingRules.tolerance',
  'MetricTarget.averageValue',
  'MetricTarget.value',
  'MetricValueStatus.averageValue',
  'MetricValueStatus.value',
  'NodeAllocatableResourceClaimStatus.resources',
  'PersistentVolumeClaimStatus.allocatedResources',
  'PodStatus.allocatedResources',
  'VolumeResourceRequirements.limits',
  'VolumeResourceRequirements.requests',
]);

/** Classes newer than 1.22 that belong to meta/v1 whoever refers to them. */
export const metaClasses: ReadonlySet<string> = new Set(['V1FieldSelectorRequirement', 'V1ShardInfo']);

function keyedList(...keys: string[]): JsonSchema {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

function mergedList(...keys: [string, ...string[]]): JsonSchema {
  return { ...keyedList(...keys), 'x-kubernetes-patch-merge-key': keys[0], 'x-kubernetes-patch-strategy': 'merge' };
}

const setList: JsonSchema = { 'x-kubernetes-list-type': 'set' };
const atomicMap: JsonSchema = { 'x-kubernetes-map-type': 'atomic' };
const retainKeys: JsonSchema = { 'x-kubernetes-patch-strategy': 'merge,retainKeys' };

/** Laid over the generated schema of `Kind` or `Kind.field`; an undefined value removes what 1.22 said. */
export const corrections: Record<string, JsonSchema> = {
  'CertificateSigningRequestSpec.request': { 'x-kubernetes-list-type': undefined },
  'CertificateSigningRequestStatus.certificate': { 'x-kubernetes-list-type': undefined },
  'ContainerRestartRuleOnExitCodes.values': setList,
  'ContainerStatus.allocatedResourcesStatus': mergedList('name'),
  'ContainerStatus.volumeMounts': mergedList('mountPath'),
  'EphemeralContainer.ports': mergedList('containerPort', 'protocol'),
  FileKeySelector: atomicMap,
  'HorizontalPodAutoscalerStatus.conditions': mergedList('type'),
  'JSONSchemaProps.x-kubernetes-validations': mergedList('rule'),
  'LabelSelectorRequirement.key': {
    'x-kubernetes-patch-merge-key': undefined,
    'x-kubernetes-patch-strategy': undefined,
  },
  MatchResources: atomicMap,
  'MutatingAdmissionPolicySpec.matchConditions': mergedList('name'),
  'MutatingWebhook.matchConditions': mergedList('name'),
  NamedRuleWithOperations: atomicMap,
  'NodeAllocatableResourceClaimStatus.containers': setList,
  ParamKind: atomicMap,
  ParamRef: atomicMap,
  'PersistentVolumeClaimStatus.allocatedResourceStatuses': { 'x-kubernetes-map-type': 'granular' },
  'PersistentVolumeSpec.claimRef': { 'x-kubernetes-map-type': 'granular' },
  'PodFailurePolicyOnExitCodesRequirement.values': setList,
  'PodSpec.resourceClaims': { ...mergedList('name'), ...retainKeys },
  'PodSpec.schedulingGates': mergedList('name'),
  'PodStatus.hostIPs': {
    'x-kubernetes-list-type': 'atomic',
    'x-kubernetes-patch-merge-key': 'ip',
    'x-kubernetes-patch-strategy': 'merge',
  },
  'PodStatus.resourceClaimStatuses': { ...mergedList('name'), ...retainKeys },
  'ResourceRequirements.claims': keyedList('name'),
  'ResourceStatus.resources': keyedList('resourceID'),
  ServiceBackendPort: atomicMap,
  'ServiceCIDRStatus.conditions': mergedList('type'),
  'ValidatingAdmissionPolicyBindingSpec.validationActions': setList,
  'ValidatingAdmissionPolicySpec.matchConditions': mergedList('name'),
  'ValidatingAdmissionPolicySpec.variables': mergedList('name'),
  'ValidatingAdmissionPolicyStatus.conditions': keyedList('type'),
  'ValidatingWebhook.matchConditions': mergedList('name'),
  Variable: atomicMap,
};
