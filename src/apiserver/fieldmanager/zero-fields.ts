// Which fields do upstream's objects have even if nobody set them? Structs without a pointer, and lists,
// maps, pointers and times that are written as null. They count as present when it tells who added what.
// Source: the json tags of k8s.io/api 1.36.

import { objectMetaSchema } from '../schema/conform.ts';

/** `Type field field?` by package; a field with a question mark is null while nobody sets it, others are {}. */
const table: Record<string, string> = {
  'core.v1': `
    PersistentVolume spec status; PersistentVolumeClaim spec status; PersistentVolumeClaimSpec resources;
    TypedObjectReference apiGroup?; PersistentVolumeClaimCondition lastProbeTime? lastTransitionTime?;
    VolumeHealthStatus lastTransitionTime?; PodVolumeHealth lastTransitionTime?; RBDVolumeSource monitors?;
    RBDPersistentVolumeSource monitors?; CephFSVolumeSource monitors?; CephFSPersistentVolumeSource
    monitors?; AzureFilePersistentVolumeSource secretNamespace?; ScaleIOVolumeSource secretRef?;
    ScaleIOPersistentVolumeSource secretRef?; ProjectedVolumeSource sources?; PersistentVolumeClaimTemplate
    spec; GRPCAction service?; Container resources; ContainerStateRunning startedAt?;
    ContainerStateTerminated startedAt? finishedAt?; ContainerStatus state lastState; PodCondition
    lastProbeTime? lastTransitionTime?; NodeSelector nodeSelectorTerms?; TopologySelectorLabelRequirement
    values?; WeightedPodAffinityTerm podAffinityTerm; PreferredSchedulingTerm preference; PodSpec
    containers?; PodExtendedResourceClaimStatus requestMappings?; EphemeralContainer resources;
    EvictionResponder priority?; Pod spec status; PodTemplateSpec spec; PodTemplate template;
    ReplicationControllerCondition lastTransitionTime?; ReplicationController spec status; ServiceStatus
    loadBalancer; Service spec status; NodeDaemonEndpoints kubeletEndpoint; NodeStatus daemonEndpoints
    nodeInfo; ContainerImage names?; NodeCondition lastHeartbeatTime? lastTransitionTime?; Node spec status;
    NamespaceCondition lastTransitionTime?; Namespace spec status; Binding target; TypedLocalObjectReference
    apiGroup?; Event involvedObject source firstTimestamp? lastTimestamp? eventTime?; EventSeries
    lastObservedTime?; LimitRangeSpec limits?; LimitRange spec; ResourceQuota spec status;
    NodeAllocatableMappedResources quantity?`,
  'apps.v1': `
    StatefulSet spec status; StatefulSetSpec selector? template updateStrategy; StatefulSetCondition
    lastTransitionTime?; Deployment spec status; DeploymentSpec selector? template strategy;
    DeploymentCondition lastUpdateTime? lastTransitionTime?; DaemonSetSpec selector? template
    updateStrategy; DaemonSetCondition lastTransitionTime?; DaemonSet spec status; ReplicaSet spec status;
    ReplicaSetSpec selector? template; ReplicaSetCondition lastTransitionTime?`,
  'batch.v1': `
    Job spec status; PodFailurePolicyOnExitCodesRequirement values?; PodFailurePolicy rules?; SuccessPolicy
    rules?; JobCondition lastProbeTime? lastTransitionTime?; JobTemplateSpec spec; CronJob spec status;
    CronJobSpec jobTemplate`,
  'storage.v1': `
    VolumeAttachment spec status; VolumeAttachmentSpec source; VolumeError time?; CSIDriver spec; CSINode
    spec status; CSINodeSpec drivers?; CSINodeDriver topologyKeys?; StorageHealthCondition
    lastTransitionTime?`,
  'coordination.v1': `
    Lease spec`,
  'events.v1': `
    Event eventTime? deprecatedFirstTimestamp? deprecatedLastTimestamp?; EventSeries lastObservedTime?`,
  'policy.v1': `
    PodDisruptionBudget spec status`,
  'rbac.v1': `
    PolicyRule verbs?; Role rules?; RoleBinding roleRef; ClusterRole rules?; ClusterRoleBinding roleRef`,
  'discovery.v1': `
    EndpointSlice endpoints? ports?; Endpoint addresses? conditions`,
  'networking.v1': `
    NetworkPolicy spec; NetworkPolicySpec podSelector; Ingress spec status; IngressStatus loadBalancer;
    HTTPIngressRuleValue paths?; HTTPIngressPath pathType? backend; IngressServiceBackend port; IngressClass
    spec; IngressClassParametersReference scope?; IPAddress spec; ServiceCIDR spec status`,
  'certificates.v1': `
    CertificateSigningRequest spec status; CertificateSigningRequestSpec request?;
    CertificateSigningRequestCondition lastUpdateTime? lastTransitionTime?; ClusterTrustBundle spec;
    PodCertificateRequest spec status; PodCertificateRequestSpec stubPKCS10Request?`,
  'admissionregistration.v1': `
    ValidatingAdmissionPolicy spec status; ValidatingAdmissionPolicyBinding spec; ValidatingWebhook
    clientConfig sideEffects? admissionReviewVersions?; MutatingWebhook clientConfig sideEffects?
    admissionReviewVersions?; MutatingAdmissionPolicy spec; MutatingAdmissionPolicyBinding spec`,
  'autoscaling.v1': `
    HorizontalPodAutoscalerSpec scaleTargetRef; HorizontalPodAutoscaler spec status; Scale spec status;
    ObjectMetricSource target; HorizontalPodAutoscalerCondition lastTransitionTime?; ObjectMetricStatus
    target`,
  'autoscaling.v2': `
    HorizontalPodAutoscaler spec status; HorizontalPodAutoscalerSpec scaleTargetRef; ObjectMetricSource
    describedObject target metric; PodsMetricSource metric target; ResourceMetricSource target;
    ContainerResourceMetricSource target; ExternalMetricSource metric target; HorizontalPodAutoscalerStatus
    currentMetrics?; HorizontalPodAutoscalerCondition lastTransitionTime?; ObjectMetricStatus metric current
    describedObject; PodsMetricStatus metric current; ResourceMetricStatus current;
    ContainerResourceMetricStatus current; ExternalMetricStatus metric current`,
  'flowcontrol.v1': `
    FlowSchema spec status; FlowSchemaSpec priorityLevelConfiguration; PolicyRulesWithSubjects subjects?;
    ResourcePolicyRule verbs? apiGroups? resources? namespaces?; NonResourcePolicyRule verbs?
    nonResourceURLs?; FlowSchemaCondition lastTransitionTime?; PriorityLevelConfiguration spec status;
    LimitedPriorityLevelConfiguration nominalConcurrencyShares? limitResponse;
    PriorityLevelConfigurationCondition lastTransitionTime?`,
  'resource.v1': `
    ResourceSlice spec; ResourceSliceSpec pool; DeviceTaintRule spec status; DeviceTaintRuleSpec taint;
    ResourceClaim spec status; ResourceClaimSpec devices; DeviceClaim requests?; AllocationResult devices;
    DeviceClass spec; ResourceClaimTemplate spec; ResourceClaimTemplateSpec spec; AllocatedDeviceStatus
    conditions?`,
};

export type ZeroFields = ReadonlyMap<string, object | null>;

const none: ZeroFields = new Map();
const packagePrefix = 'io.k8s.api.';
const metadataReference = `#/components/schemas/${objectMetaSchema}`;
let parsed: Map<string, ZeroFields> | undefined;

/** The fields of a schema component that are always there, with their empty values. */
export function zeroFieldsOf(schemaName: string | undefined): ZeroFields {
  if (!schemaName?.startsWith(packagePrefix)) return none;
  parsed ??= parseTable();
  return parsed.get(schemaName) ?? none;
}

/** Does this schema stand for metadata, which every object and template has? */
export function isMetadata(schema: { $ref?: string; allOf?: { $ref?: string }[] } | undefined): boolean {
  return (schema?.$ref ?? schema?.allOf?.[0]?.$ref) === metadataReference;
}

function parseTable(): Map<string, ZeroFields> {
  const types = new Map<string, ZeroFields>();
  for (const [name, text] of Object.entries(table)) {
    for (const line of text.split(';')) {
      const [type = '', ...fields] = line.trim().split(/\s+/);
      const zeros = fields.map((field): [string, object | null] =>
        field.endsWith('?') ? [field.slice(0, -1), null] : [field, {}],
      );
      types.set(`${packagePrefix}${name}.${type}`, new Map(zeros));
    }
  }
  return types;
}
