// Which scalar fields tell "zero" from "not set"? The wire always carries the plain ones, zero or not, so a zero
// counts only where the API has a pointer. Protobuf descriptors don't say where; this table does (k8s.io/api, v1 groups).

/** JSON names of the pointer fields, by message. Fields that a schema requires needn't be listed. */
export const pointerFields: Record<string, string> = {
  // meta
  ListMeta: 'remainingItemCount',
  ObjectMeta: 'deletionGracePeriodSeconds',
  OwnerReference: 'controller blockOwnerDeletion',
  DeleteOptions:
    'gracePeriodSeconds orphanDependents propagationPolicy ignoreStoreReadErrorWithClusterBreakingPotential',
  Preconditions: 'uid resourceVersion',
  // apps
  RollingUpdateStatefulSetStrategy: 'partition',
  StatefulSetSpec: 'replicas revisionHistoryLimit',
  StatefulSetStatus: 'collisionCount',
  DeploymentSpec: 'replicas revisionHistoryLimit progressDeadlineSeconds',
  DeploymentStatus: 'terminatingReplicas collisionCount',
  DaemonSetSpec: 'revisionHistoryLimit',
  DaemonSetStatus: 'collisionCount',
  ReplicaSetSpec: 'replicas',
  ReplicaSetStatus: 'terminatingReplicas',
  // authentication, coordination
  TokenRequestSpec: 'expirationSeconds',
  LeaseSpec: 'holderIdentity leaseDurationSeconds leaseTransitions strategy preferredHolder',
  // autoscaling: a scale to zero carries no pointer, and means zero
  ScaleSpec: 'replicas',
  // core
  PersistentVolumeSpec: 'volumeMode volumeAttributesClassName',
  PersistentVolumeClaimSpec: 'storageClassName volumeMode volumeAttributesClassName',
  TypedObjectReference: 'apiGroup namespace',
  PersistentVolumeClaimStatus: 'currentVolumeAttributesClassName',
  HostPathVolumeSource: 'type',
  GlusterfsPersistentVolumeSource: 'endpointsNamespace',
  SecretVolumeSource: 'defaultMode optional',
  SecretProjection: 'optional',
  ISCSIVolumeSource: 'initiatorName',
  ISCSIPersistentVolumeSource: 'initiatorName',
  FCVolumeSource: 'lun',
  AzureFilePersistentVolumeSource: 'secretNamespace',
  AzureDiskVolumeSource: 'cachingMode fsType readOnly kind',
  ConfigMapVolumeSource: 'defaultMode optional',
  ConfigMapProjection: 'optional',
  ServiceAccountTokenProjection: 'expirationSeconds',
  ClusterTrustBundleProjection: 'name signerName optional',
  PodCertificateProjection: 'maxExpirationSeconds',
  ProjectedVolumeSource: 'defaultMode',
  DownwardAPIVolumeSource: 'defaultMode',
  DownwardAPIVolumeFile: 'mode',
  KeyToPath: 'mode',
  LocalVolumeSource: 'fsType',
  CSIVolumeSource: 'readOnly fsType',
  VolumeMount: 'recursiveReadOnly mountPropagation',
  FileKeySelector: 'optional',
  ConfigMapKeySelector: 'optional',
  SecretKeySelector: 'optional',
  ConfigMapEnvSource: 'optional',
  SecretEnvSource: 'optional',
  GRPCAction: 'service',
  Probe: 'terminationGracePeriodSeconds',
  Container: 'restartPolicy',
  EphemeralContainerCommon: 'restartPolicy',
  Lifecycle: 'stopSignal',
  ContainerStatus: 'started stopSignal',
  ResourceHealth: 'message',
  VolumeMountStatus: 'recursiveReadOnly',
  Toleration: 'tolerationSeconds',
  PodSpec:
    'terminationGracePeriodSeconds activeDeadlineSeconds automountServiceAccountToken shareProcessNamespace priority ' +
    'runtimeClassName enableServiceLinks preemptionPolicy setHostnameAsFQDN hostUsers hostnameOverride',
  PodResourceClaim: 'resourceClaimName resourceClaimTemplateName',
  PodResourceClaimStatus: 'resourceClaimName',
  TopologySpreadConstraint: 'minDomains nodeAffinityPolicy nodeTaintsPolicy',
  PodSecurityContext:
    'runAsUser runAsGroup runAsNonRoot supplementalGroupsPolicy fsGroup fsGroupChangePolicy seLinuxChangePolicy',
  SecurityContext:
    'privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount',
  WindowsSecurityContextOptions: 'gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess',
  SeccompProfile: 'localhostProfile',
  AppArmorProfile: 'localhostProfile',
  PodDNSConfigOption: 'value',
  ReplicationControllerSpec: 'replicas',
  ClientIPConfig: 'timeoutSeconds',
  LoadBalancerIngress: 'ipMode',
  ServiceSpec:
    'ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy trafficDistribution',
  ServicePort: 'appProtocol',
  ServiceAccount: 'automountServiceAccountToken',
  EndpointAddress: 'nodeName',
  EndpointPort: 'appProtocol',
  NodeRuntimeHandlerFeatures: 'recursiveReadOnlyMounts userNamespaces',
  NodeFeatures: 'supplementalGroupsPolicy',
  NodeSwapStatus: 'capacity',
  TypedLocalObjectReference: 'apiGroup',
  Secret: 'immutable',
  ConfigMap: 'immutable',
  PortStatus: 'error',
  // storage
  StorageClass: 'reclaimPolicy allowVolumeExpansion volumeBindingMode',
  VolumeAttachmentSource: 'persistentVolumeName',
  VolumeError: 'errorCode',
  CSIDriverSpec:
    'attachRequired podInfoOnMount storageCapacity fsGroupPolicy requiresRepublish seLinuxMount ' +
    'nodeAllocatableUpdatePeriodSeconds serviceAccountTokenInSecrets',
  TokenRequest: 'expirationSeconds',
  VolumeNodeResources: 'count',
};

/** Message fields whose own fields stand in the parent's JSON, as Go embeds them. */
export const inlinedFields: Record<string, string> = {
  Volume: 'volumeSource',
  PersistentVolumeSpec: 'persistentVolumeSource',
  Probe: 'handler',
  EphemeralContainer: 'ephemeralContainerCommon',
  SecretProjection: 'localObjectReference',
  ConfigMapProjection: 'localObjectReference',
  ConfigMapVolumeSource: 'localObjectReference',
  ConfigMapKeySelector: 'localObjectReference',
  SecretKeySelector: 'localObjectReference',
  ConfigMapEnvSource: 'localObjectReference',
  SecretEnvSource: 'localObjectReference',
};
