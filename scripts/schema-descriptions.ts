// What are the fields for that refer to a type, and that neither the 1.22 swagger nor the models of 1.36 describe? In words of our own.

const [target, current] = ['The value that is aimed at.', 'The value at present.'];
const [metric, object] = ['Which metric it is: its name and selector.', 'The object that the metric is about.'];
const webhookObjects = 'Chooses objects by their labels; an empty selector chooses all.';
const policyParameters = 'Which objects give the policy its parameters. Without it, there are none.';
const pods = 'A metric of each of the pods, averaged over them.';
const external = 'A metric of something outside of the cluster.';
const container = 'A resource that one container of each pod uses, such as its CPU time.';
const resource = 'A resource that the pods use, such as CPU time or memory.';
const ofObject = 'A metric of one other object of the cluster.';

/** `Kind.field`. Of fields with this name in any kind if the kind is left out. */
const descriptions: Record<string, string> = {
  metadata: 'The metadata that every object has.',
  spec: 'What is wanted.',
  status: 'What was last seen. Written by the system, not by users.',
  'MatchResources.namespaceSelector':
    'Chooses namespaces by their labels; objects outside of any namespace are always chosen.',
  'MatchResources.objectSelector': webhookObjects,
  'MutatingAdmissionPolicyBindingSpec.matchResources':
    'Narrows down for which requests the policy counts through this binding.',
  'MutatingAdmissionPolicyBindingSpec.paramRef': policyParameters,
  'MutatingAdmissionPolicySpec.matchConstraints': 'Which requests the policy is about. Required.',
  'MutatingAdmissionPolicySpec.paramKind': 'Of which kind the parameters are, if the policy has any.',
  'Mutation.applyConfiguration': 'An expression whose result is merged into the object, as by server-side apply.',
  'Mutation.jsonPatch': 'An expression whose result is a list of operations of a JSON patch.',
  'ParamRef.selector': 'Chooses the parameters by their labels. Not allowed beside a name.',
  'ValidatingAdmissionPolicyBindingSpec.matchResources':
    'Narrows down for which requests the policy counts through this binding.',
  'ValidatingAdmissionPolicyBindingSpec.paramRef': policyParameters,
  'ValidatingAdmissionPolicySpec.matchConstraints': 'Which requests the policy is about. Required.',
  'ValidatingAdmissionPolicySpec.paramKind': 'Of which kind the parameters are, if the policy has any.',
  'ValidatingAdmissionPolicyStatus.typeChecking': 'Which expressions do not fit the types that they are about.',
  'RollingUpdateStatefulSetStrategy.maxUnavailable':
    'How many pods may be missing during an update: a number, or a percentage of those that are wanted, rounded up. 1 if it is not said, and never 0.',
  'StatefulSetSpec.ordinals': 'From which number on the pods are numbered. From 0 if it is not said.',
  'StatefulSetSpec.persistentVolumeClaimRetentionPolicy':
    'What becomes of claims made from the templates when the set is deleted or scaled down. They are kept if it is not said.',
  'SelfSubjectReviewStatus.userInfo': 'As whom the server treats who asks.',
  'ResourceAttributes.fieldSelector':
    'Limits the question to objects with these fields. An authorizer may leave it aside.',
  'ResourceAttributes.labelSelector':
    'Limits the question to objects with these labels. An authorizer may leave it aside.',
  'ContainerResourceMetricSource.target': target,
  'ContainerResourceMetricStatus.current': current,
  'ExternalMetricSource.metric': metric,
  'ExternalMetricSource.target': target,
  'ExternalMetricStatus.current': current,
  'ExternalMetricStatus.metric': metric,
  'HorizontalPodAutoscalerBehavior.scaleDown':
    'How fast there may be fewer pods. By default as fast as wanted, after five minutes of less need.',
  'HorizontalPodAutoscalerBehavior.scaleUp':
    'How fast there may be more pods. By default four more, or twice as many, in 15 seconds, whichever is more.',
  'HorizontalPodAutoscalerSpec.behavior': 'How fast to scale in each direction. Defaults count for what is not said.',
  'HorizontalPodAutoscalerSpec.scaleTargetRef': 'What is scaled. Its pods are those that metrics are taken of.',
  'MetricIdentifier.selector': 'Limits the metric to series with these labels. It is handed to the server of metrics.',
  'MetricSpec.containerResource': container,
  'MetricSpec.external': external,
  'MetricSpec.object': ofObject,
  'MetricSpec.pods': pods,
  'MetricSpec.resource': resource,
  'MetricStatus.containerResource': container,
  'MetricStatus.external': external,
  'MetricStatus.object': ofObject,
  'MetricStatus.pods': pods,
  'MetricStatus.resource': resource,
  'ObjectMetricSource.describedObject': object,
  'ObjectMetricSource.metric': metric,
  'ObjectMetricSource.target': target,
  'ObjectMetricStatus.current': current,
  'ObjectMetricStatus.describedObject': object,
  'ObjectMetricStatus.metric': metric,
  'PodsMetricSource.metric': metric,
  'PodsMetricSource.target': target,
  'PodsMetricStatus.current': current,
  'PodsMetricStatus.metric': metric,
  'ResourceMetricSource.target': target,
  'ResourceMetricStatus.current': current,
  'JobSpec.podFailurePolicy':
    'What a failed pod means for the job. Without it, each failure counts towards `backoffLimit`.',
  'JobSpec.successPolicy': 'When the job is done before all of its pods are. Without it, all indexes must succeed.',
  'PodFailurePolicyRule.onExitCodes': 'Holds for pods with a container that ended with one of these codes.',
  'CSIPersistentVolumeSource.nodeExpandSecretRef':
    'The Secret that the driver gets when a node grows the volume. Needed only by some drivers.',
  'ClusterTrustBundleProjection.labelSelector':
    'Chooses the bundles by their labels. Only beside a signer; an empty selector chooses all of its bundles.',
  'ContainerRestartRule.exitCodes': 'With which codes the container must have ended for the rule to hold.',
  'ContainerStatus.resources': 'What the container was given when it was started or last resized.',
  'ContainerStatus.user': 'As whom the first process of the container was started.',
  'ContainerUser.linux': 'The user and groups of the process, on Linux.',
  'EnvVarSource.fileKeyRef': 'A key in a file of a volume, whose value is taken. The volume must be an emptyDir.',
  'LifecycleHandler.exec': 'A command to run in the container.',
  'LifecycleHandler.httpGet': 'A GET to send.',
  'LifecycleHandler.sleep': 'A time to wait.',
  'LifecycleHandler.tcpSocket': 'Kept for old objects, and without effect: such a hook fails.',
  'NodeRuntimeHandler.features': 'What this handler can do.',
  'NodeStatus.features': 'What the runtime of containers can do, whatever its handler.',
  'NodeSystemInfo.swap': 'What the node knows of its swap space.',
  'PersistentVolumeClaimStatus.modifyVolumeStatus':
    'How far the change to another VolumeAttributesClass has come. Absent if there is none under way.',
  'PodSecurityContext.appArmorProfile':
    'The AppArmor profile of all containers that have none of their own. Not on Windows.',
  'PodSpec.os': 'The operating system that the containers are for. Fields that belong to another one must not be set.',
  'PodSpec.resources': 'Requests and limits of the pod as a whole, which its containers share.',
  'PodSpec.schedulingGroup': 'The group of pods that are placed together with this one.',
  'PodStatus.extendedResourceClaimStatus': 'The ResourceClaim that was made for extended resources which devices back.',
  'PodStatus.resources': 'What the pod as a whole was given.',
  'Probe.grpc': 'A health check by gRPC.',
  'SecurityContext.appArmorProfile':
    "The container's AppArmor profile, which comes before that of the pod. Not on Windows.",
  'Volume.image': 'The files of an image, pulled to the node and mounted to be read only.',
  'VolumeMountStatus.volumeStatus': 'What is known of the volume that is mounted.',
  'VolumeProjection.clusterTrustBundle':
    'Certificates of one or more ClusterTrustBundles, in one file that follows their changes.',
  'VolumeProjection.podCertificate': 'A private key and a certificate for the pod, renewed before it ends.',
  'VolumeStatus.image': 'What is known of an image that is a volume.',
  'IPAddressSpec.parentRef': 'The object that has the address.',
  'CSIStorageCapacity.nodeTopology':
    'Which nodes can reach the storage, by their labels. None if it is not said, all if it is empty.',
  'JSONSchemaProps.x-kubernetes-validations': 'Rules in CEL that values must obey.',
  // Upstream says nothing of these.
  'CertificateSigningRequest.metadata': '',
  'CertificateSigningRequestList.metadata': '',
  'ListMeta.shardInfo': 'Which part of all objects the list is of, if only a part was asked for.',
};

/** The description of a field that has none otherwise; empty or undefined if there is nothing to say. */
export function describedHere(kind: string, field: string): string | undefined {
  const own = descriptions[`${kind}.${field}`];
  if (own === undefined && field === 'metadata' && kind.endsWith('List')) return 'The metadata that every list has.';
  return own ?? descriptions[field];
}
