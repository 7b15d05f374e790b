// Which single changes of a sample are answered differently, and why? What no longer explains a difference is to be
// struck out.

export interface KnownChange {
  /** Titles of samples. */
  sample: RegExp;
  /** A first status is written where there is none yet. */
  on: 'create' | 'update' | 'first status' | 'status';
  /** Titles of changes. */
  change: RegExp;
  why: string;
}

const emptyIsAbsent =
  "an empty list or map that is sent is one to Go's decoder, until it is stored; here it is absent at once";

const noLabels = /^spec\.(?:template\.metadata\.labels(?: = \{\}|\.app = absent)|selector\.matchLabels\.app = absent)$/;
const panic = 'the handler of the request panics upstream, and the connection ends';
const nullIsAbsent = 'a time that upstream writes as null is left out here, and nobody owns it';

const definitions = /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition (?:full|webhook)$/;
/** What makes a schema unreadable as structural, beside fields that can be selected. */
const unreadableSchema =
  /\.openAPIV3Schema(?:\.properties\.\w+)*\.(?:(?:id|\$schema|\$ref) = "[^"]|dependencies = \{".*)/;

export const knownChanges: KnownChange[] = [
  {
    sample: /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition full$/,
    on: 'create',
    change: unreadableSchema,
    why: panic,
  },
  {
    sample: /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition full$/,
    on: 'update',
    change: unreadableSchema,
    why: panic,
  },
  {
    sample: /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition full$/,
    on: 'update',
    change: /\.any\.x-kubernetes-preserve-unknown-fields = false$/,
    why: panic,
  },
  {
    sample: definitions,
    on: 'create',
    change: /^spec\.versions = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: definitions,
    on: 'update',
    change: /^spec\.versions = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition webhook$/,
    on: 'create',
    change: /^spec\.versions\[0\] = absent$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^apiextensions\.k8s\.io\/v1\/CustomResourceDefinition webhook$/,
    on: 'update',
    change: /^spec\.versions\[0\] = absent$/,
    why: emptyIsAbsent,
  },
  { sample: /^apps\/v1\/\w+Set |^apps\/v1\/Deployment /, on: 'create', change: noLabels, why: emptyIsAbsent },
  { sample: /^apps\/v1\/\w+Set |^apps\/v1\/Deployment /, on: 'update', change: noLabels, why: emptyIsAbsent },
  { sample: /^v1\/ReplicationController full$/, on: 'create', change: noLabels, why: emptyIsAbsent },
  { sample: /^v1\/ReplicationController /, on: 'update', change: noLabels, why: emptyIsAbsent },
  { sample: /^batch\/v1\/Job manual$/, on: 'create', change: noLabels, why: emptyIsAbsent },
  { sample: /^batch\/v1\/Job /, on: 'update', change: noLabels, why: emptyIsAbsent },
  {
    sample: /^batch\/v1\/Job full$/,
    on: 'create',
    change: /^spec\.podFailurePolicy\.rules\[0\]\.onExitCodes\.values = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^batch\/v1\/Job full$/,
    on: 'update',
    change:
      /^spec\.(?:podFailurePolicy|successPolicy)\.(?:.*\.)?(?:rules|values|onPodConditions)(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  { sample: /^batch\/v1\/Job full$/, on: 'create', change: /^spec\.completions = absent$/, why: panic },
  { sample: /^batch\/v1\/Job full$/, on: 'update', change: /^spec\.completions = absent$/, why: panic },
  {
    sample: /^v1\/Pod /,
    on: 'create',
    change: /^spec\.runtimeClassName = (?:""|"a\/b"|"\.\.\/x")$/,
    why: 'upstream fails with 500 over a name that it can not look up',
  },
  {
    sample: /^v1\/Pod placement$/,
    on: 'update',
    change:
      /\.nodeSelectorTerms.*(?: = \[\]|(?:matchFields|values)\[0\] = absent)$|^spec\.nodeSelector(?: = \{\}|\.disk = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/Pod placement$/,
    on: 'update',
    change: /^spec\.securityContext\.seLinuxChangePolicy = "/,
    why: 'a pod that has a policy already is told of the one behind a closed gate too',
  },
  {
    sample: /^v1\/Pod volumes$/,
    on: 'update',
    change: /\.volumeClaimTemplate\.metadata\.(?:finalizers|managedFields|ownerReferences) = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/Pod windows$/,
    on: 'update',
    change: /^spec\.securityContext\.supplementalGroups = \[\]$/,
    why: emptyIsAbsent,
  },
  { sample: /^v1\/Pod hostUsers$/, on: 'update', change: /^spec\.resources\.claims = \[\]$/, why: emptyIsAbsent },
  {
    sample: /^v1\/Pod containers$/,
    on: 'update',
    change: /^spec\.containers\[0\]\.securityContext\.privileged = true$/,
    why: "the message shows the context as Go's internal type has it",
  },
  { sample: /^v1\/Pod /, on: 'create', change: /^spec\.overhead = \{\}$/, why: emptyIsAbsent },
  {
    sample: /^v1\/Pod windows$/,
    on: 'create',
    change: /^spec\.securityContext\.supplementalGroups = \[\]$/,
    why: emptyIsAbsent,
  },
  { sample: /^v1\/Pod hostUsers$/, on: 'create', change: /^spec\.resources\.claims = \[\]$/, why: emptyIsAbsent },
  {
    sample: /^v1\/Pod volumes$/,
    on: 'create',
    change: /\.volumeClaimTemplate\.metadata\.(?:finalizers|managedFields|ownerReferences) = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/Pod containers$/,
    on: 'create',
    change: /^spec\.containers\[0\]\.securityContext\.privileged = true$/,
    why: "the message shows the context as Go's internal type has it",
  },
  {
    sample: /^autoscaling\/v2\/HorizontalPodAutoscaler minimal$/,
    on: 'first status',
    change: /^status\.currentMetrics(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolume \w+$/,
    on: 'create',
    change: /^spec\.capacity(?: = \{\}|\.storage = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolume \w+$/,
    on: 'update',
    change: /^spec\.capacity(?: = \{\}|\.storage = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolume (?:csi|local)$/,
    on: 'update',
    change: /^spec\.nodeAffinity\.required\.nodeSelectorTerms.*(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolume csi$/,
    on: 'update',
    change: /^spec\.csi\.volumeAttributes(?: = \{\}|\.a = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolume (?:rbd|cephfs|fc)$/,
    on: 'update',
    change: /^spec\.\w+\.(?:monitors|wwids)(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/PersistentVolumeClaim \w+$/,
    on: 'update',
    change: /^spec\.(?:accessModes|resources\.\w+)(?: = (?:\[\]|\{\})|\[0\] = absent|\.storage = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/Event \w+$/,
    on: 'create',
    change: /^series = \{\}$/,
    why: nullIsAbsent,
  },
  {
    sample: /^v1\/Event (?:minimal|full)$/,
    on: 'update',
    change: /^series = \{\}$/,
    why: nullIsAbsent,
  },
  {
    sample: /^v1\/LimitRange full$/,
    on: 'create',
    change: /^spec\.limits = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^rbac\.authorization\.k8s\.io\/v1\/Role full$/,
    on: 'create',
    change: /^rules(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^rbac\.authorization\.k8s\.io\/v1\/(?:Role empty|ClusterRole \w+)$/,
    on: 'create',
    change: /^rules = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^rbac\.authorization\.k8s\.io\/v1\/ClusterRole aggregated$/,
    on: 'update',
    change: /^rules = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^storage\.k8s\.io\/v1\/StorageClass full$/,
    on: 'update',
    change: /^parameters(?: = \{\}|\.a = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^storage\.k8s\.io\/v1\/CSINode full$/,
    on: 'create',
    change: /^spec\.drivers(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^storage\.k8s\.io\/v1\/CSINode full$/,
    on: 'update',
    change: /^spec\.drivers\[0\]\.topologyKeys(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  { sample: /^storage\.k8s\.io\/v1\/CSINode empty$/, on: 'create', change: /^/, why: emptyIsAbsent },
  { sample: /^storage\.k8s\.io\/v1\/CSINode empty$/, on: 'update', change: /^/, why: emptyIsAbsent },
  {
    sample: /^storage\.k8s\.io\/v1\/VolumeAttachment inline$/,
    on: 'update',
    change: /^spec\.source\.inlineVolumeSpec\.accessModes(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^storage\.k8s\.io\/v1\/VolumeAttachment named$/,
    on: 'first status',
    change: /^status\.(?:attach|detach)Error = \{\}$/,
    why: nullIsAbsent,
  },
  { sample: /^v1\/Node full$/, on: 'first status', change: /^status\.allocatable = \{\}$/, why: emptyIsAbsent },
  { sample: /^v1\/Node full$/, on: 'status', change: /^status\.allocatable = \{\}$/, why: emptyIsAbsent },
  {
    sample: /^discovery\.k8s\.io\/v1\/EndpointSlice (?:full|names|deprecated)$/,
    on: 'create',
    change: /^(?:endpoints = \[\]|endpoints\[0\] = absent|ports = \[\])$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^discovery\.k8s\.io\/v1\/EndpointSlice empty$/,
    on: 'create',
    change: /^/,
    why: emptyIsAbsent,
  },
  {
    sample: /^discovery\.k8s\.io\/v1\/EndpointSlice (?:full|names|deprecated)$/,
    on: 'update',
    change: /deprecatedTopology/,
    why: 'what is dropped does not count as a change here',
  },
  {
    sample: /^discovery\.k8s\.io\/v1\/EndpointSlice (?:names|deprecated)$/,
    on: 'update',
    change: /^(?:endpoints|ports) = \[\]$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^discovery\.k8s\.io\/v1\/EndpointSlice empty$/,
    on: 'update',
    change: /^/,
    why: emptyIsAbsent,
  },
  {
    sample: /^admissionregistration\.k8s\.io\/v1\/ValidatingWebhookConfiguration minimal$/,
    on: 'update',
    change: /^(?:metadata|webhooks)/,
    why: emptyIsAbsent,
  },
  {
    sample: /^admissionregistration\.k8s\.io\/v1\/\w+WebhookConfiguration (?:full|url)$/,
    on: 'update',
    change: / = (?:""|\[\]|\{\})$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^networking\.k8s\.io\/v1\/NetworkPolicy /,
    on: 'update',
    change: /^spec\.(?:.*\.)?(?:matchExpressions|matchLabels|except|egress|ingress) = (?:\[\]|\{\})$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^networking\.k8s\.io\/v1\/ServiceCIDR /,
    on: 'update',
    change: /^spec\.cidrs(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/ResourceQuota scoped$/,
    on: 'update',
    change: /^spec\.scopes(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  {
    sample: /^v1\/Service nodePort$/,
    on: 'update',
    change: /^spec\.ports = \[\{/,
    why: "upstream's allocator fails over a node port that comes twice, before it is refused",
  },
];
