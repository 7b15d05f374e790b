// Which fields have upstream's internal types? Its messages show objects as these, not as the API has them.
// Source: pkg/apis/{core,storage}/types.go, apiextensions-apiserver/pkg/apis/apiextensions/types*.go.

/**
 * `Type Field Field` in the order of their declarations. After a field's name comes, after `=`, its name in the API where
 * that does not follow from it, and what it holds: a text if nothing is said, `#` a number, `!` a truth value, `.Type` a
 * struct, `*` or `*Type` a pointer, `~` what is left out if it is empty, `[]` or `[]Type` a list, `{}` or `{}Type` a map, `?` any JSON; with `_` between its
 * brackets a list or map tells that it is empty from that it is absent. `...Type` stands for all fields of that type,
 * `...Type=place` for those that the API has at that place.
 * Types of Go's libraries have the API's names inside too, in lower case, and lists and maps of them are left out if empty.
 */
export const internalTypes = `
  Taint Key Value Effect TimeAdded*; Toleration Key Operator Value Effect TolerationSeconds*;
  ObjectReference Kind Namespace Name UID APIVersion ResourceVersion FieldPath; EventSource Component Host;
  NodeSelector NodeSelectorTerms[]NodeSelectorTerm;
  NodeSelectorTerm MatchExpressions[]NodeSelectorRequirement MatchFields[]NodeSelectorRequirement;
  NodeSelectorRequirement Key Operator Values[]; SecretReference Name Namespace;
  LabelSelector matchLabels{} matchExpressions[]LabelSelectorRequirement;
  LabelSelectorRequirement key operator values[];
  TypedLocalObjectReference APIGroup* Kind Name; TypedObjectReference APIGroup* Kind Name Namespace*;

  PersistentVolumeClaimSpec AccessModes[] Selector*LabelSelector Resources.VolumeResourceRequirements VolumeName StorageClassName*
    VolumeMode* DataSource*TypedLocalObjectReference DataSourceRef*TypedObjectReference VolumeAttributesClassName*;
  VolumeResourceRequirements Limits{} Requests{};

  PersistentVolumeSpec Capacity{} ...PersistentVolumeSource AccessModes[] ClaimRef*ObjectReference
    PersistentVolumeReclaimPolicy StorageClassName MountOptions[] VolumeMode* NodeAffinity*VolumeNodeAffinity
    VolumeAttributesClassName*;
  VolumeNodeAffinity Required*NodeSelector;
  PersistentVolumeSource GCEPersistentDisk*GCEPersistentDiskVolumeSource
    AWSElasticBlockStore*AWSElasticBlockStoreVolumeSource HostPath*HostPathVolumeSource
    Glusterfs*GlusterfsPersistentVolumeSource NFS*NFSVolumeSource RBD*RBDPersistentVolumeSource
    Quobyte*QuobyteVolumeSource ISCSI*ISCSIPersistentVolumeSource FlexVolume*FlexPersistentVolumeSource
    Cinder*CinderPersistentVolumeSource CephFS=cephfs*CephFSPersistentVolumeSource FC*FCVolumeSource
    Flocker*FlockerVolumeSource AzureFile*AzureFilePersistentVolumeSource VsphereVolume*VsphereVirtualDiskVolumeSource
    AzureDisk*AzureDiskVolumeSource PhotonPersistentDisk*PhotonPersistentDiskVolumeSource
    PortworxVolume*PortworxVolumeSource ScaleIO*ScaleIOPersistentVolumeSource Local*LocalVolumeSource
    StorageOS=storageos*StorageOSPersistentVolumeSource CSI*CSIPersistentVolumeSource;
  GCEPersistentDiskVolumeSource PDName FSType Partition# ReadOnly!;
  AWSElasticBlockStoreVolumeSource VolumeID FSType Partition# ReadOnly!; HostPathVolumeSource Path Type*;
  GlusterfsPersistentVolumeSource EndpointsName=endpoints Path ReadOnly! EndpointsNamespace*;
  NFSVolumeSource Server Path ReadOnly!;
  RBDPersistentVolumeSource CephMonitors=monitors[] RBDImage=image FSType RBDPool=pool RadosUser=user Keyring
    SecretRef*SecretReference ReadOnly!;
  QuobyteVolumeSource Registry Volume ReadOnly! User Group Tenant;
  ISCSIPersistentVolumeSource TargetPortal IQN Lun# ISCSIInterface FSType ReadOnly! Portals[]
    DiscoveryCHAPAuth=chapAuthDiscovery! SessionCHAPAuth=chapAuthSession! SecretRef*SecretReference InitiatorName*;
  FlexPersistentVolumeSource Driver FSType SecretRef*SecretReference ReadOnly! Options{};
  CinderPersistentVolumeSource VolumeID FSType ReadOnly! SecretRef*SecretReference;
  CephFSPersistentVolumeSource Monitors[] Path User SecretFile SecretRef*SecretReference ReadOnly!;
  FCVolumeSource TargetWWNs[] Lun* FSType ReadOnly! WWIDs=wwids[]; FlockerVolumeSource DatasetName DatasetUUID;
  AzureFilePersistentVolumeSource SecretName ShareName ReadOnly! SecretNamespace*;
  VsphereVirtualDiskVolumeSource VolumePath FSType StoragePolicyName StoragePolicyID;
  AzureDiskVolumeSource DiskName DataDiskURI=diskURI CachingMode* FSType* ReadOnly* Kind*;
  PhotonPersistentDiskVolumeSource PdID FSType; PortworxVolumeSource VolumeID FSType ReadOnly!;
  ScaleIOPersistentVolumeSource Gateway System SecretRef*SecretReference SSLEnabled! ProtectionDomain StoragePool
    StorageMode VolumeName FSType ReadOnly!;
  LocalVolumeSource Path FSType*;
  StorageOSPersistentVolumeSource VolumeName VolumeNamespace FSType ReadOnly! SecretRef*ObjectReference;
  CSIPersistentVolumeSource Driver VolumeHandle ReadOnly! FSType VolumeAttributes{}
    ControllerPublishSecretRef*SecretReference NodeStageSecretRef*SecretReference NodePublishSecretRef*SecretReference
    ControllerExpandSecretRef*SecretReference NodeExpandSecretRef*SecretReference;

  VolumeAttachmentSpec Attacher Source.VolumeAttachmentSource NodeName;
  VolumeAttachmentSource PersistentVolumeName* InlineVolumeSpec*PersistentVolumeSpec;
  CSINodeDriver Name NodeID TopologyKeys[] Allocatable*VolumeNodeResources; VolumeNodeResources Count*;

  CustomResourceDefinitionVersion Name Served! Storage! Deprecated! DeprecationWarning* Schema*CustomResourceValidation
    Subresources*CustomResourceSubresources AdditionalPrinterColumns[]CustomResourceColumnDefinition
    SelectableFields[]SelectableField;
  CustomResourceValidation OpenAPIV3Schema=openAPIV3Schema*JSONSchemaProps; SelectableField JSONPath=jsonPath;
  CustomResourceSubresources Status*CustomResourceSubresourceStatus Scale*CustomResourceSubresourceScale;
  CustomResourceSubresourceScale SpecReplicasPath StatusReplicasPath LabelSelectorPath*; CustomResourceSubresourceStatus;
  CustomResourceColumnDefinition Name Type Format Description Priority# JSONPath=jsonPath;
  JSONSchemaProps ID=id Schema=$schema Ref=$ref* Description Type Nullable! Format Title Default? Maximum*
    ExclusiveMaximum! Minimum* ExclusiveMinimum! MaxLength* MinLength* Pattern MaxItems* MinItems* UniqueItems!
    MultipleOf* Enum[_] MaxProperties* MinProperties* Required[_] Items*JSONSchemaPropsOrArray AllOf[_]JSONSchemaProps
    OneOf[_]JSONSchemaProps AnyOf[_]JSONSchemaProps Not*JSONSchemaProps Properties{_}JSONSchemaProps
    AdditionalProperties*JSONSchemaPropsOrBool PatternProperties{_}JSONSchemaProps
    Dependencies{_}JSONSchemaPropsOrStringArray AdditionalItems*JSONSchemaPropsOrBool Definitions{_}JSONSchemaProps
    ExternalDocs*ExternalDocumentation Example? XPreserveUnknownFields=x-kubernetes-preserve-unknown-fields*
    XEmbeddedResource=x-kubernetes-embedded-resource! XIntOrString=x-kubernetes-int-or-string!
    XListMapKeys=x-kubernetes-list-map-keys[_] XListType=x-kubernetes-list-type* XMapType=x-kubernetes-map-type*
    XValidations=x-kubernetes-validations[_]ValidationRule;
  ValidationRule Rule Message MessageExpression Reason* FieldPath OptionalOldSelf*; ExternalDocumentation Description URL;
  JSONSchemaPropsOrArray Schema*JSONSchemaProps JSONSchemas=jsonSchemas[]JSONSchemaProps;
  JSONSchemaPropsOrBool Allows! Schema*JSONSchemaProps; JSONSchemaPropsOrStringArray Schema*JSONSchemaProps Property[]
`;
