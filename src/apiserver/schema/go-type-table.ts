// How does Go declare the fields of the built-in kinds, where their schemas don't tell? Source: the declarations of
// k8s.io/api, apiextensions-apiserver and apimachinery at v0.36.1.

/**
 * `Type field field` by package. `field*` is a pointer: its zero is a value. `field!` is written even while nobody has
 * set it, `field*!` as null then. After a colon comes the name of its type where that is not the schema's. Of all other
 * fields the zero is as good as nothing.
 */
export const goTypeTable: Record<string, string> = {
  'io.k8s.api.admissionregistration.v1': `
    AuditAnnotation key! valueExpression!; ExpressionWarning fieldRef! warning!; MatchCondition name! expression!;
    MatchResources matchPolicy*:v1.MatchPolicyType; MutatingAdmissionPolicy spec!; MutatingAdmissionPolicyBinding
    spec!; MutatingAdmissionPolicySpec failurePolicy*:v1.FailurePolicyType
    reinvocationPolicy:v1.ReinvocationPolicyType; MutatingWebhook name! clientConfig!
    failurePolicy*:v1.FailurePolicyType matchPolicy*:v1.MatchPolicyType sideEffects*!:v1.SideEffectClass
    timeoutSeconds* admissionReviewVersions! reinvocationPolicy*:v1.ReinvocationPolicyType; Mutation
    patchType!:v1.PatchType; NamedRuleWithOperations operations:[]v1.OperationType scope*:v1.ScopeType; ParamRef
    parameterNotFoundAction*:v1.ParameterNotFoundActionType; RuleWithOperations operations:[]v1.OperationType
    scope*:v1.ScopeType; ServiceReference namespace! name! path* port*; ValidatingAdmissionPolicy spec! status!;
    ValidatingAdmissionPolicyBinding spec!; ValidatingAdmissionPolicyBindingSpec
    validationActions:[]v1.ValidationAction; ValidatingAdmissionPolicySpec failurePolicy*:v1.FailurePolicyType;
    ValidatingWebhook name! clientConfig! failurePolicy*:v1.FailurePolicyType matchPolicy*:v1.MatchPolicyType
    sideEffects*!:v1.SideEffectClass timeoutSeconds* admissionReviewVersions!; Validation expression!
    reason*:v1.StatusReason; Variable name! expression!; WebhookClientConfig url*`,
  'io.k8s.api.apps.v1': `
    ControllerRevision data! revision!; DaemonSet spec! status!; DaemonSetCondition type!:v1.DaemonSetConditionType
    status!:v1.ConditionStatus lastTransitionTime!; DaemonSetSpec selector*! template! updateStrategy!
    revisionHistoryLimit*; DaemonSetStatus currentNumberScheduled! numberMisscheduled! desiredNumberScheduled!
    numberReady! collisionCount*; DaemonSetUpdateStrategy type:v1.DaemonSetUpdateStrategyType; Deployment spec!
    status!; DeploymentCondition type!:v1.DeploymentConditionType status!:v1.ConditionStatus lastUpdateTime!
    lastTransitionTime!; DeploymentSpec replicas* selector*! template! strategy! revisionHistoryLimit*
    progressDeadlineSeconds*; DeploymentStatus terminatingReplicas* collisionCount*; DeploymentStrategy
    type:v1.DeploymentStrategyType; ReplicaSet spec! status!; ReplicaSetCondition type!:v1.ReplicaSetConditionType
    status!:v1.ConditionStatus lastTransitionTime!; ReplicaSetSpec replicas* selector*! template!; ReplicaSetStatus
    replicas! terminatingReplicas*; RollingUpdateStatefulSetStrategy partition*; StatefulSet spec! status!;
    StatefulSetCondition type!:v1.StatefulSetConditionType status!:v1.ConditionStatus lastTransitionTime!;
    StatefulSetOrdinals start!; StatefulSetPersistentVolumeClaimRetentionPolicy
    whenDeleted:v1.PersistentVolumeClaimRetentionPolicyType whenScaled:v1.PersistentVolumeClaimRetentionPolicyType;
    StatefulSetSpec replicas* selector*! template! serviceName! podManagementPolicy:v1.PodManagementPolicyType
    updateStrategy! revisionHistoryLimit*; StatefulSetStatus replicas! collisionCount* availableReplicas!;
    StatefulSetUpdateStrategy type:v1.StatefulSetUpdateStrategyType`,
  'io.k8s.api.authentication.v1': `
    BoundObjectReference uid:types.UID; SelfSubjectReview status!; SelfSubjectReviewStatus userInfo!; TokenRequest
    spec! status!; TokenRequestSpec audiences! expirationSeconds*! boundObjectRef*!; TokenRequestStatus token!
    expirationTimestamp!; TokenReview spec! status!; TokenReviewStatus user!; UserInfo extra:map[string]v1.ExtraValue`,
  'io.k8s.api.authorization.v1': `
    LocalSubjectAccessReview spec! status!; NonResourceRule verbs!; ResourceRule verbs!; SelfSubjectAccessReview spec!
    status!; SelfSubjectRulesReview spec! status!; SubjectAccessReview spec! status!; SubjectAccessReviewSpec
    extra:map[string]v1.ExtraValue; SubjectAccessReviewStatus allowed!; SubjectRulesReviewStatus resourceRules!
    nonResourceRules! incomplete!`,
  'io.k8s.api.autoscaling.v1': `
    CrossVersionObjectReference kind! name!; HorizontalPodAutoscaler spec! status!; HorizontalPodAutoscalerSpec
    scaleTargetRef! minReplicas* maxReplicas! targetCPUUtilizationPercentage*; HorizontalPodAutoscalerStatus
    observedGeneration* currentReplicas! desiredReplicas! currentCPUUtilizationPercentage*; Scale spec! status!;
    ScaleStatus replicas!`,
  'io.k8s.api.autoscaling.v2': `
    ContainerResourceMetricSource name!:v1.ResourceName target! container!; ContainerResourceMetricStatus
    name!:v1.ResourceName current! container!; CrossVersionObjectReference kind! name!; ExternalMetricSource metric!
    target!; ExternalMetricStatus metric! current!; HPAScalingPolicy type!:v2.HPAScalingPolicyType value!
    periodSeconds!; HPAScalingRules stabilizationWindowSeconds* policies* selectPolicy*:v2.ScalingPolicySelect;
    HorizontalPodAutoscaler spec! status!; HorizontalPodAutoscalerCondition
    type!:v2.HorizontalPodAutoscalerConditionType status!:v1.ConditionStatus lastTransitionTime!;
    HorizontalPodAutoscalerSpec scaleTargetRef! minReplicas* maxReplicas!; HorizontalPodAutoscalerStatus
    observedGeneration* desiredReplicas! currentMetrics!; MetricIdentifier name!; MetricSpec
    type!:v2.MetricSourceType; MetricStatus type!:v2.MetricSourceType; MetricTarget type!:v2.MetricTargetType
    averageUtilization*; MetricValueStatus averageUtilization*; ObjectMetricSource describedObject! target! metric!;
    ObjectMetricStatus metric! current! describedObject!; PodsMetricSource metric! target!; PodsMetricStatus metric!
    current!; ResourceMetricSource name!:v1.ResourceName target!; ResourceMetricStatus name!:v1.ResourceName current!`,
  'io.k8s.api.batch.v1': `
    CronJob spec! status!; CronJobSpec schedule! timeZone* startingDeadlineSeconds*
    concurrencyPolicy:v1.ConcurrencyPolicy suspend* jobTemplate! successfulJobsHistoryLimit* failedJobsHistoryLimit*;
    Job spec! status!; JobCondition type!:v1.JobConditionType status!:v1.ConditionStatus lastProbeTime!
    lastTransitionTime!; JobSpec parallelism* completions* activeDeadlineSeconds* backoffLimit* backoffLimitPerIndex*
    maxFailedIndexes* manualSelector* template! ttlSecondsAfterFinished* completionMode*:v1.CompletionMode suspend*
    podReplacementPolicy*:v1.PodReplacementPolicy managedBy*; JobStatus terminating* failedIndexes* ready*;
    JobTemplateSpec spec!; PodFailurePolicy rules!; PodFailurePolicyOnExitCodesRequirement containerName*
    operator!:v1.PodFailurePolicyOnExitCodesOperator values!; PodFailurePolicyOnPodConditionsPattern
    type!:v1.PodConditionType status!:v1.ConditionStatus; PodFailurePolicyRule action!:v1.PodFailurePolicyAction;
    SuccessPolicy rules!; SuccessPolicyRule succeededIndexes* succeededCount*; UncountedTerminatedPods
    succeeded:[]types.UID failed:[]types.UID`,
  'io.k8s.api.certificates.v1': `
    CertificateSigningRequest spec! status!; CertificateSigningRequestCondition type!:v1.RequestConditionType
    status!:v1.ConditionStatus lastUpdateTime! lastTransitionTime!; CertificateSigningRequestSpec request! signerName!
    expirationSeconds* usages:[]v1.KeyUsage extra:map[string]v1.ExtraValue`,
  'io.k8s.api.coordination.v1': `
    Lease spec!; LeaseSpec holderIdentity* leaseDurationSeconds* leaseTransitions*
    strategy*:v1.CoordinatedLeaseStrategy preferredHolder*`,
  'io.k8s.api.core.v1': `
    AWSElasticBlockStoreVolumeSource volumeID!; AppArmorProfile type!:v1.AppArmorProfileType localhostProfile*;
    AttachedVolume name!:v1.UniqueVolumeName devicePath!; AzureDiskVolumeSource diskName! diskURI!
    cachingMode*:v1.AzureDataDiskCachingMode fsType* readOnly* kind*:v1.AzureDataDiskKind;
    AzureFilePersistentVolumeSource secretName! shareName!
    secretNamespace*!; AzureFileVolumeSource secretName! shareName!; Binding target!; CSIPersistentVolumeSource
    driver! volumeHandle!; CSIVolumeSource driver! readOnly* fsType*; Capabilities add:[]v1.Capability
    drop:[]v1.Capability; CephFSPersistentVolumeSource monitors!; CephFSVolumeSource monitors!;
    CinderPersistentVolumeSource volumeID!; CinderVolumeSource volumeID!; ClientIPConfig timeoutSeconds*;
    ClusterTrustBundleProjection name* signerName* optional* path!; ConfigMap immutable*; ConfigMapEnvSource
    optional*; ConfigMapKeySelector key! optional*; ConfigMapNodeConfigSource namespace! name! uid:types.UID
    kubeletConfigKey!; ConfigMapProjection optional*; ConfigMapVolumeSource defaultMode* optional*; Container name!
    resources! restartPolicy*:v1.ContainerRestartPolicy terminationMessagePolicy:v1.TerminationMessagePolicy
    imagePullPolicy:v1.PullPolicy; ContainerExtendedResourceRequest containerName! resourceName! requestName!;
    ContainerImage names!; ContainerPort containerPort! protocol:v1.Protocol; ContainerResizePolicy
    resourceName!:v1.ResourceName restartPolicy!:v1.ResourceResizeRestartPolicy; ContainerRestartRule
    action:v1.ContainerRestartRuleAction; ContainerRestartRuleOnExitCodes
    operator:v1.ContainerRestartRuleOnExitCodesOperator; ContainerStateRunning startedAt!; ContainerStateTerminated
    exitCode! startedAt! finishedAt!; ContainerStatus name! state! lastState! ready! restartCount! image! imageID!
    started* allocatedResources:v1.ResourceList stopSignal*:v1.Signal; DaemonEndpoint Port!; DownwardAPIVolumeFile
    path! mode*; DownwardAPIVolumeSource defaultMode*; EmptyDirVolumeSource medium:v1.StorageMedium; EndpointAddress
    ip! nodeName*; EndpointPort port! protocol:v1.Protocol appProtocol*; EnvVar name!; EphemeralContainer name!
    resources! restartPolicy*:v1.ContainerRestartPolicy terminationMessagePolicy:v1.TerminationMessagePolicy
    imagePullPolicy:v1.PullPolicy; Event involvedObject! source! firstTimestamp! lastTimestamp! eventTime!
    reportingComponent! reportingInstance!; EventSeries lastObservedTime!; FCVolumeSource lun*; FileKeySelector
    volumeName! path! key! optional*; FlexPersistentVolumeSource driver!; FlexVolumeSource driver!;
    GCEPersistentDiskVolumeSource pdName!; GRPCAction port! service*!; GitRepoVolumeSource repository!;
    GlusterfsPersistentVolumeSource endpoints! path! endpointsNamespace*; GlusterfsVolumeSource endpoints! path!;
    HTTPGetAction port! scheme:v1.URIScheme; HTTPHeader name! value!; HostAlias ip!; HostIP ip!; HostPathVolumeSource
    path! type*:v1.HostPathType; ISCSIPersistentVolumeSource targetPortal! iqn! lun! initiatorName*; ISCSIVolumeSource
    targetPortal! iqn! lun! initiatorName*; ImageVolumeSource pullPolicy:v1.PullPolicy; KeyToPath key! path! mode*;
    Lifecycle stopSignal*:v1.Signal; LimitRange spec!; LimitRangeItem type!:v1.LimitType max:v1.ResourceList
    min:v1.ResourceList default:v1.ResourceList defaultRequest:v1.ResourceList maxLimitRequestRatio:v1.ResourceList;
    LimitRangeSpec limits!; LinuxContainerUser uid! gid!; LoadBalancerIngress ipMode*:v1.LoadBalancerIPMode;
    LocalVolumeSource path! fsType*; ModifyVolumeStatus status!:v1.PersistentVolumeClaimModifyVolumeStatus;
    NFSVolumeSource server! path!; Namespace spec! status!; NamespaceCondition type!:v1.NamespaceConditionType
    status!:v1.ConditionStatus lastTransitionTime!; NamespaceSpec finalizers:[]v1.FinalizerName; NamespaceStatus
    phase:v1.NamespacePhase; Node spec! status!; NodeAddress type!:v1.NodeAddressType address!;
    NodeAllocatableResourceClaimStatus resourceClaimName! resources!:map[v1.ResourceName]resource.Quantity;
    NodeCondition type!:v1.NodeConditionType status!:v1.ConditionStatus lastHeartbeatTime! lastTransitionTime!;
    NodeDaemonEndpoints kubeletEndpoint!; NodeFeatures supplementalGroupsPolicy*; NodeRuntimeHandler name!;
    NodeRuntimeHandlerFeatures recursiveReadOnlyMounts* userNamespaces*; NodeSelector nodeSelectorTerms!;
    NodeSelectorRequirement key! operator!:v1.NodeSelectorOperator; NodeStatus capacity:v1.ResourceList
    allocatable:v1.ResourceList phase:v1.NodePhase daemonEndpoints! nodeInfo! volumesInUse:[]v1.UniqueVolumeName;
    NodeSwapStatus capacity*; NodeSystemInfo machineID! systemUUID! bootID! kernelVersion! osImage!
    containerRuntimeVersion! kubeletVersion! kubeProxyVersion! operatingSystem! architecture!; ObjectFieldSelector
    fieldPath!; ObjectReference uid:types.UID; PersistentVolume spec! status!; PersistentVolumeClaim spec! status!;
    PersistentVolumeClaimCondition type!:v1.PersistentVolumeClaimConditionType status!:v1.ConditionStatus
    lastProbeTime! lastTransitionTime!; PersistentVolumeClaimSpec accessModes:[]v1.PersistentVolumeAccessMode
    resources! storageClassName* volumeMode*:v1.PersistentVolumeMode volumeAttributesClassName*;
    PersistentVolumeClaimStatus phase:v1.PersistentVolumeClaimPhase accessModes:[]v1.PersistentVolumeAccessMode
    capacity:v1.ResourceList allocatedResources:v1.ResourceList
    allocatedResourceStatuses:map[v1.ResourceName]v1.ClaimResourceStatus currentVolumeAttributesClassName*;
    PersistentVolumeClaimTemplate spec!; PersistentVolumeClaimVolumeSource claimName!; PersistentVolumeSpec
    capacity:v1.ResourceList accessModes:[]v1.PersistentVolumeAccessMode
    persistentVolumeReclaimPolicy:v1.PersistentVolumeReclaimPolicy volumeMode*:v1.PersistentVolumeMode
    volumeAttributesClassName*; PersistentVolumeStatus phase:v1.PersistentVolumePhase;
    PhotonPersistentDiskVolumeSource pdID!; Pod spec! status!; PodAffinityTerm topologyKey!; PodCertificateProjection
    maxExpirationSeconds*; PodCondition type!:v1.PodConditionType status!:v1.ConditionStatus lastProbeTime!
    lastTransitionTime!; PodDNSConfigOption value*; PodExtendedResourceClaimStatus requestMappings!
    resourceClaimName!; PodIP ip!; PodOS name!:v1.OSName; PodReadinessGate conditionType!:v1.PodConditionType;
    PodResourceClaim name! resourceClaimName* resourceClaimTemplateName*; PodResourceClaimStatus name!
    resourceClaimName*; PodSchedulingGate name!; PodSchedulingGroup podGroupName*; PodSecurityContext runAsUser*
    runAsGroup* runAsNonRoot* supplementalGroupsPolicy*:v1.SupplementalGroupsPolicy fsGroup*
    fsGroupChangePolicy*:v1.PodFSGroupChangePolicy seLinuxChangePolicy*:v1.PodSELinuxChangePolicy; PodSpec containers!
    restartPolicy:v1.RestartPolicy terminationGracePeriodSeconds* activeDeadlineSeconds* dnsPolicy:v1.DNSPolicy
    automountServiceAccountToken* shareProcessNamespace* priority* runtimeClassName* enableServiceLinks*
    preemptionPolicy*:v1.PreemptionPolicy overhead:v1.ResourceList setHostnameAsFQDN* hostUsers* hostnameOverride*;
    PodStatus phase:v1.PodPhase qosClass:v1.PodQOSClass resize:v1.PodResizeStatus allocatedResources:v1.ResourceList;
    PodTemplate template!; PodTemplateSpec spec!; PortStatus port! protocol!:v1.Protocol error*; PortworxVolumeSource
    volumeID!; PreferredSchedulingTerm weight! preference!; Probe terminationGracePeriodSeconds*;
    ProjectedVolumeSource sources! defaultMode*; QuobyteVolumeSource registry! volume!; RBDPersistentVolumeSource
    monitors! image!; RBDVolumeSource monitors! image!; ReplicationController spec! status!;
    ReplicationControllerCondition type!:v1.ReplicationControllerConditionType status!:v1.ConditionStatus
    lastTransitionTime!; ReplicationControllerSpec replicas*; ReplicationControllerStatus replicas!; ResourceClaim
    name!; ResourceFieldSelector resource! divisor!; ResourceHealth resourceID!:v1.ResourceID
    health:v1.ResourceHealthStatus message*; ResourceQuota spec! status!; ResourceQuotaSpec hard:v1.ResourceList
    scopes:[]v1.ResourceQuotaScope; ResourceQuotaStatus hard:v1.ResourceList used:v1.ResourceList;
    ResourceRequirements limits:v1.ResourceList requests:v1.ResourceList; ResourceStatus name!:v1.ResourceName;
    ScaleIOPersistentVolumeSource gateway! system! secretRef*!; ScaleIOVolumeSource gateway! system! secretRef*!;
    ScopedResourceSelectorRequirement scopeName!:v1.ResourceQuotaScope operator!:v1.ScopeSelectorOperator;
    SeccompProfile type!:v1.SeccompProfileType localhostProfile*; Secret immutable* type:v1.SecretType;
    SecretEnvSource optional*; SecretKeySelector key! optional*; SecretProjection optional*; SecretVolumeSource
    defaultMode* optional*; SecurityContext privileged* runAsUser* runAsGroup* runAsNonRoot* readOnlyRootFilesystem*
    allowPrivilegeEscalation* procMount*:v1.ProcMountType; Service spec! status!; ServiceAccount
    automountServiceAccountToken*; ServiceAccountTokenProjection expirationSeconds* path!; ServicePort
    protocol:v1.Protocol appProtocol* port! targetPort!; ServiceSpec type:v1.ServiceType
    sessionAffinity:v1.ServiceAffinity externalTrafficPolicy:v1.ServiceExternalTrafficPolicy ipFamilies:[]v1.IPFamily
    ipFamilyPolicy*:v1.IPFamilyPolicy allocateLoadBalancerNodePorts* loadBalancerClass*
    internalTrafficPolicy*:v1.ServiceInternalTrafficPolicy trafficDistribution*; ServiceStatus loadBalancer!;
    SleepAction seconds!; Sysctl name! value!; TCPSocketAction port!; Taint key! effect!:v1.TaintEffect; Toleration
    operator:v1.TolerationOperator effect:v1.TaintEffect tolerationSeconds*; TopologySelectorLabelRequirement key!
    values!; TopologySpreadConstraint maxSkew! topologyKey! whenUnsatisfiable!:v1.UnsatisfiableConstraintAction
    minDomains* nodeAffinityPolicy*:v1.NodeInclusionPolicy nodeTaintsPolicy*:v1.NodeInclusionPolicy;
    TypedLocalObjectReference apiGroup*! name!; TypedObjectReference apiGroup*! name! namespace*; Volume name!;
    VolumeDevice name! devicePath!; VolumeMount name! recursiveReadOnly*:v1.RecursiveReadOnlyMode mountPath!
    mountPropagation*:v1.MountPropagationMode; VolumeMountStatus name! mountPath!
    recursiveReadOnly*:v1.RecursiveReadOnlyMode; VolumeResourceRequirements limits:v1.ResourceList
    requests:v1.ResourceList; VsphereVirtualDiskVolumeSource volumePath!; WeightedPodAffinityTerm weight!
    podAffinityTerm!; WindowsSecurityContextOptions gmsaCredentialSpecName* gmsaCredentialSpec* runAsUserName*
    hostProcess*`,
  'io.k8s.api.discovery.v1': `
    Endpoint addresses! conditions! hostname* nodeName* zone*; EndpointConditions ready* serving* terminating*;
    EndpointPort name* protocol*:v1.Protocol port* appProtocol*; EndpointSlice addressType!:v1.AddressType endpoints!
    ports!; ForNode name!; ForZone name!`,
  'io.k8s.api.events.v1': `
    Event eventTime! regarding! deprecatedSource! deprecatedFirstTimestamp! deprecatedLastTimestamp!; EventSeries
    count! lastObservedTime!`,
  'io.k8s.api.networking.v1': `
    HTTPIngressPath pathType*!:v1.PathType backend!; HTTPIngressRuleValue paths!; IPAddress spec!; IPBlock cidr!;
    Ingress spec! status!; IngressClass spec!; IngressClassParametersReference apiGroup* name! scope*! namespace*;
    IngressPortStatus port! protocol!:v1.Protocol error*; IngressServiceBackend name! port!; IngressSpec
    ingressClassName*; IngressStatus loadBalancer!; NetworkPolicy spec!; NetworkPolicyPort protocol*:v1.Protocol port*
    endPort*; NetworkPolicySpec podSelector! policyTypes:[]v1.PolicyType; ServiceCIDR spec! status!`,
  'io.k8s.api.node.v1': `
    Overhead podFixed:v1.ResourceList; RuntimeClass handler!`,
  'io.k8s.api.policy.v1': `
    PodDisruptionBudget spec! status!; PodDisruptionBudgetSpec
    unhealthyPodEvictionPolicy*:v1.UnhealthyPodEvictionPolicyType; PodDisruptionBudgetStatus disruptionsAllowed!
    currentHealthy! desiredHealthy! expectedPods!`,
  'io.k8s.api.rbac.v1': `
    ClusterRole rules!; ClusterRoleBinding roleRef!; PolicyRule verbs!; Role rules!; RoleBinding roleRef!; RoleRef
    apiGroup! name!; Subject name!`,
  'io.k8s.api.scheduling.v1': `
    PriorityClass value! preemptionPolicy*:v1.PreemptionPolicy`,
  'io.k8s.api.storage.v1': `
    CSIDriver spec!; CSIDriverSpec attachRequired* podInfoOnMount* volumeLifecycleModes:[]v1.VolumeLifecycleMode
    storageCapacity* fsGroupPolicy*:v1.FSGroupPolicy requiresRepublish* seLinuxMount*
    nodeAllocatableUpdatePeriodSeconds* serviceAccountTokenInSecrets* preventPodSchedulingIfMissing*; CSINode spec!;
    CSINodeDriver name! nodeID! topologyKeys!; CSINodeSpec drivers!; CSIStorageCapacity storageClassName!;
    StorageClass provisioner! reclaimPolicy*:v1.PersistentVolumeReclaimPolicy allowVolumeExpansion*
    volumeBindingMode*:v1.VolumeBindingMode; TokenRequest audience! expirationSeconds*; VolumeAttachment spec!
    status!; VolumeAttachmentSource persistentVolumeName*; VolumeAttachmentSpec attacher! source! nodeName!;
    VolumeAttachmentStatus attached!; VolumeAttributesClass driverName!; VolumeError time! errorCode*;
    VolumeNodeResources count*`,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': `
    CustomResourceColumnDefinition name! type! jsonPath!; CustomResourceConversion
    strategy!:v1.ConversionStrategyType; CustomResourceDefinition spec! status!; CustomResourceDefinitionCondition
    type!:v1.CustomResourceDefinitionConditionType status!:v1.ConditionStatus lastTransitionTime!;
    CustomResourceDefinitionNames plural!; CustomResourceDefinitionSpec group! names! scope!:v1.ResourceScope
    versions!; CustomResourceDefinitionStatus conditions! acceptedNames! storedVersions!;
    CustomResourceDefinitionVersion name! served! storage! deprecationWarning*; CustomResourceSubresourceScale
    specReplicasPath! statusReplicasPath! labelSelectorPath*; JSONSchemaProps $schema:v1.JSONSchemaURL $ref* maximum*
    minimum* maxLength* minLength* maxItems* minItems* multipleOf* maxProperties* minProperties*
    dependencies:v1.JSONSchemaDependencies definitions:v1.JSONSchemaDefinitions x-kubernetes-preserve-unknown-fields*
    x-kubernetes-list-type* x-kubernetes-map-type* x-kubernetes-validations:v1.ValidationRules; SelectableField
    jsonPath!; ServiceReference namespace! name! path* port*; ValidationRule rule! reason*:v1.FieldValueErrorReason
    optionalOldSelf*; WebhookClientConfig url*; WebhookConversion conversionReviewVersions!`,
  'io.k8s.apimachinery.pkg.apis.meta.v1': `
    Condition type! status!:v1.ConditionStatus lastTransitionTime! reason! message!; DeleteOptions gracePeriodSeconds*
    orphanDependents* propagationPolicy*:v1.DeletionPropagation ignoreStoreReadErrorWithClusterBreakingPotential*;
    FieldSelectorRequirement key! operator!:v1.FieldSelectorOperator; LabelSelectorRequirement key!
    operator!:v1.LabelSelectorOperator; ListMeta remainingItemCount*; ManagedFieldsEntry
    operation:v1.ManagedFieldsOperationType; ObjectMeta uid:types.UID deletionGracePeriodSeconds* managedFields*;
    OwnerReference apiVersion! kind! name! uid!:types.UID controller* blockOwnerDeletion*; Preconditions uid*:types.UID
    resourceVersion*; ShardInfo selector!; Status reason:v1.StatusReason; StatusCause reason:v1.CauseType;
    StatusDetails uid:types.UID`,
};
