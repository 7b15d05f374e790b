// Which messages and fields do newer clients send that kubectl 1.34 does not know? Numbers of Kubernetes 1.36 and
// of what is to come, and all of apiextensions and apiregistration, whose descriptors no kubectl carries.

/**
 * By package and message: `number name type`. A type is a scalar, a message of the same package, or one with its
 * package; `[]` is a list, `map` a map from strings, and `?` says that a zero is a value (see protobuf-pointers.ts).
 */
export const additions: Record<string, Record<string, string>> = {
  'core.v1': {
    VolumeHealthCondition: '1 status string?, 2 reason string?, 3 message string',
    VolumeHealthStatus: '1 healthConditions []VolumeHealthCondition, 2 lastTransitionTime apis.meta.v1.Time',
    PodVolumeHealth:
      '1 name string?, 2 healthConditions []VolumeHealthCondition, 3 lastTransitionTime apis.meta.v1.Time',
    PersistentVolumeClaimStatus: '10 healthStatus VolumeHealthStatus',
    EmptyDirVolumeSource: '3 mode int?',
    SecretVolumeSource: '5 defaultUser int?',
    ConfigMapVolumeSource: '5 defaultUser int?',
    ServiceAccountTokenProjection: '4 user int?',
    ClusterTrustBundleProjection: '6 user int?',
    PodCertificateProjection: '7 userAnnotations map string, 8 user int?',
    ProjectedVolumeSource: '3 defaultUser int?',
    KeyToPath: '4 user int?',
    VolumeMount: '8 bindMountOptions []string',
    HTTPGetAction: '6 protocol string?',
    GRPCAction: '3 mode string?',
    ResourceHealth: '6 message string?',
    VolumeMountStatus: '5 volumeStatus VolumeStatus',
    VolumeStatus: '1 image ImageVolumeStatus',
    ImageVolumeStatus: '1 imageRef string',
    PodSpec: '43 schedulingGroup PodSchedulingGroup, 44 evictionResponders []EvictionResponder',
    PodSchedulingGroup: '1 podGroupName string?',
    EvictionResponder: '1 name string?, 2 priority int?',
    PodStatus:
      '19 allocatedResources map api.resource.Quantity, 20 resources ResourceRequirements, ' +
      '21 nodeAllocatableResourceClaimStatuses []NodeAllocatableResourceClaimStatus, ' +
      '22 volumeHealth []PodVolumeHealth',
    NodeSpec: '8 podPreemptionPolicy NodePodPreemptionPolicy',
    NodePodPreemptionPolicy: '1 disableResizePreemption []string',
    NodeStatus: '14 declaredFeatures []string',
    DownwardAPIVolumeSource: '3 defaultUser int?',
    DownwardAPIVolumeFile: '5 user int?',
    NodeAllocatableResourceClaimStatus:
      '1 resourceClaimName string?, 2 containers []string, 3 resources map api.resource.Quantity, 4 mapping []NodeAllocatableMappedResources, ' +
      '5 overhead []NodeAllocatableOverheadResources',
    NodeAllocatableMappedResources: '1 name string?, 2 quantity api.resource.Quantity',
    NodeAllocatableOverheadResources:
      '1 name string?, 2 perPod api.resource.Quantity, 3 perContainer api.resource.Quantity',
  },
  'storage.v1': {
    CSIDriverSpec: '10 serviceAccountTokenInSecrets bool?, 11 preventPodSchedulingIfMissing bool?',
    CSINode: '3 status CSINodeStatus',
    StorageHealthCondition:
      '1 status string?, 2 reason string?, 3 message string, 4 accessMode string?, ' +
      '5 volumeMode string?, 6 lastTransitionTime apis.meta.v1.Time',
    StorageHealth: '1 name string?, 2 healthConditions []StorageHealthCondition',
    CSINodeStatus: '1 storageHealth []StorageHealth',
  },
  'admissionregistration.v1': {
    MutatingAdmissionPolicy: '1 metadata apis.meta.v1.ObjectMeta, 2 spec MutatingAdmissionPolicySpec',
    MutatingAdmissionPolicyList: '1 metadata apis.meta.v1.ListMeta, 2 items []MutatingAdmissionPolicy',
    MutatingAdmissionPolicySpec:
      '1 paramKind ParamKind, 2 matchConstraints MatchResources, 3 variables []Variable, ' +
      '4 mutations []Mutation, 5 failurePolicy string?, 6 matchConditions []MatchCondition, ' +
      '7 reinvocationPolicy string',
    Mutation: '2 patchType string?, 3 applyConfiguration ApplyConfiguration, 4 jsonPatch JSONPatch',
    ApplyConfiguration: '1 expression string',
    JSONPatch: '1 expression string',
    MutatingAdmissionPolicyBinding: '1 metadata apis.meta.v1.ObjectMeta, 2 spec MutatingAdmissionPolicyBindingSpec',
    MutatingAdmissionPolicyBindingList: '1 metadata apis.meta.v1.ListMeta, 2 items []MutatingAdmissionPolicyBinding',
    MutatingAdmissionPolicyBindingSpec: '1 policyName string, 2 paramRef ParamRef, 3 matchResources MatchResources',
  },
  'autoscaling.v1': {
    HorizontalPodAutoscalerCondition: '6 observedGeneration int?',
  },
  'certificates.v1': {
    ClusterTrustBundle: '1 metadata apis.meta.v1.ObjectMeta, 2 spec ClusterTrustBundleSpec',
    ClusterTrustBundleSpec: '1 signerName string, 2 trustBundle string?',
    ClusterTrustBundleList: '1 metadata apis.meta.v1.ListMeta, 2 items []ClusterTrustBundle',
    PodCertificateRequest:
      '1 metadata apis.meta.v1.ObjectMeta, 2 spec PodCertificateRequestSpec, ' + '3 status PodCertificateRequestStatus',
    PodCertificateRequestSpec:
      '1 signerName string?, 2 podName string?, 3 podUID string?, 4 serviceAccountName string?, ' +
      '5 serviceAccountUID string?, 6 nodeName string?, 7 nodeUID string?, 8 maxExpirationSeconds int?, ' +
      '12 stubPKCS10Request bytes, 11 unverifiedUserAnnotations map string',
    PodCertificateRequestStatus:
      '1 conditions []apis.meta.v1.Condition, 2 certificateChain string, 4 notBefore apis.meta.v1.Time, ' +
      '5 beginRefreshAt apis.meta.v1.Time, 6 notAfter apis.meta.v1.Time',
    PodCertificateRequestList: '1 metadata apis.meta.v1.ListMeta, 2 items []PodCertificateRequest',
  },
  'autoscaling.v2': {
    HorizontalPodAutoscalerCondition: '6 observedGeneration int?',
  },
  'apiextensions.v1': {
    CustomResourceDefinitionSpec:
      '1 group string?, 3 names CustomResourceDefinitionNames, 4 scope string?, ' +
      '7 versions []CustomResourceDefinitionVersion, 9 conversion CustomResourceConversion, ' +
      '10 preserveUnknownFields bool',
    CustomResourceConversion: '1 strategy string?, 2 webhook WebhookConversion',
    WebhookConversion: '2 clientConfig WebhookClientConfig, 3 conversionReviewVersions []string',
    WebhookClientConfig: '3 url string?, 1 service ServiceReference, 2 caBundle bytes',
    ServiceReference: '1 namespace string?, 2 name string?, 3 path string?, 4 port int?',
    CustomResourceDefinitionVersion:
      '1 name string?, 2 served bool?, 3 storage bool?, 7 deprecated bool, ' +
      '8 deprecationWarning string?, 4 schema CustomResourceValidation, ' +
      '5 subresources CustomResourceSubresources, ' +
      '6 additionalPrinterColumns []CustomResourceColumnDefinition, ' +
      '9 selectableFields []SelectableField',
    SelectableField: '1 jsonPath string?',
    CustomResourceColumnDefinition:
      '1 name string?, 2 type string?, 3 format string, 4 description string, 5 priority int, ' + '6 jsonPath string?',
    CustomResourceDefinitionNames:
      '1 plural string?, 2 singular string, 3 shortNames []string, 4 kind string?, 5 listKind string, ' +
      '6 categories []string',
    CustomResourceDefinitionCondition:
      '1 type string?, 2 status string?, 3 lastTransitionTime apis.meta.v1.Time, 4 reason string, ' +
      '5 message string, 6 observedGeneration int',
    CustomResourceDefinitionStatus:
      '1 conditions []CustomResourceDefinitionCondition, 2 acceptedNames CustomResourceDefinitionNames, ' +
      '3 storedVersions []string, 4 observedGeneration int',
    CustomResourceDefinition:
      '1 metadata apis.meta.v1.ObjectMeta, 2 spec CustomResourceDefinitionSpec, ' +
      '3 status CustomResourceDefinitionStatus',
    CustomResourceDefinitionList: '1 metadata apis.meta.v1.ListMeta, 2 items []CustomResourceDefinition',
    CustomResourceValidation: '1 openAPIV3Schema JSONSchemaProps',
    CustomResourceSubresources: '1 status CustomResourceSubresourceStatus, 2 scale CustomResourceSubresourceScale',
    CustomResourceSubresourceStatus: '',
    JSON: '1 raw bytes',
    JSONSchemaPropsOrArray: '1 schema JSONSchemaProps, 2 jSONSchemas []JSONSchemaProps',
    JSONSchemaPropsOrBool: '1 allows bool?, 2 schema JSONSchemaProps',
    JSONSchemaPropsOrStringArray: '1 schema JSONSchemaProps, 2 property []string',
    CustomResourceSubresourceScale:
      '1 specReplicasPath string?, 2 statusReplicasPath string?, 3 labelSelectorPath string?',
    JSONSchemaProps:
      '1 id string, 2 $schema string, 3 $ref string?, 4 description string, 5 type string, ' +
      '6 format string, 7 title string, 8 default JSON, 9 maximum double?, 10 exclusiveMaximum bool, ' +
      '11 minimum double?, 12 exclusiveMinimum bool, 13 maxLength int?, 14 minLength int?, ' +
      '15 pattern string, 16 maxItems int?, 17 minItems int?, 18 uniqueItems bool, ' +
      '19 multipleOf double?, 20 enum []JSON, 21 maxProperties int?, 22 minProperties int?, ' +
      '23 required []string, 24 items JSONSchemaPropsOrArray, 25 allOf []JSONSchemaProps, ' +
      '26 oneOf []JSONSchemaProps, 27 anyOf []JSONSchemaProps, 28 not JSONSchemaProps, ' +
      '29 properties map JSONSchemaProps, 30 additionalProperties JSONSchemaPropsOrBool, ' +
      '31 patternProperties map JSONSchemaProps, 32 dependencies map JSONSchemaPropsOrStringArray, ' +
      '33 additionalItems JSONSchemaPropsOrBool, 34 definitions map JSONSchemaProps, ' +
      '35 externalDocs ExternalDocumentation, 36 example JSON, 37 nullable bool, ' +
      '38 x-kubernetes-preserve-unknown-fields bool?, 39 x-kubernetes-embedded-resource bool, ' +
      '40 x-kubernetes-int-or-string bool, 41 x-kubernetes-list-map-keys []string, ' +
      '42 x-kubernetes-list-type string?, 43 x-kubernetes-map-type string?, ' +
      '44 x-kubernetes-validations []ValidationRule',
    ValidationRule:
      '1 rule string?, 2 message string, 3 messageExpression string, 4 reason string?, ' +
      '5 fieldPath string, 6 optionalOldSelf bool?',
    ExternalDocumentation: '1 description string, 2 url string',
  },
  'apiregistration.v1': {
    APIServiceList: '1 metadata apis.meta.v1.ListMeta, 2 items []APIService',
    ServiceReference: '1 namespace string, 2 name string, 3 port int?',
    APIServiceSpec:
      '1 service ServiceReference, 2 group string, 3 version string, 4 insecureSkipTLSVerify bool, ' +
      '5 caBundle bytes, 7 groupPriorityMinimum int?, 8 versionPriority int?',
    APIServiceCondition:
      '1 type string?, 2 status string?, 3 lastTransitionTime apis.meta.v1.Time, 4 reason string, ' +
      '5 message string',
    APIServiceStatus: '1 conditions []APIServiceCondition',
    APIService: '1 metadata apis.meta.v1.ObjectMeta, 2 spec APIServiceSpec, 3 status APIServiceStatus',
  },
};
