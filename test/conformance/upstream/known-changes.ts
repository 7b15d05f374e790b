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
    change: /^spec\.securityContext\.seLinuxChangePolicy = "/,
    why: 'a pod that has a policy already is told of the one behind a closed gate too',
  },
  {
    sample: /^autoscaling\/v2\/HorizontalPodAutoscaler minimal$/,
    on: 'first status',
    change: /^status\.currentMetrics(?: = \[\]|\[0\] = absent)$/,
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
    sample: /^storage\.k8s\.io\/v1\/CSINode full$/,
    on: 'create',
    change: /^spec\.drivers(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
  { sample: /^storage\.k8s\.io\/v1\/CSINode empty$/, on: 'create', change: /^/, why: emptyIsAbsent },
  { sample: /^storage\.k8s\.io\/v1\/CSINode empty$/, on: 'update', change: /^/, why: emptyIsAbsent },
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
    sample: /^v1\/Service nodePort$/,
    on: 'update',
    change: /^spec\.ports = \[\{/,
    why: "upstream's allocator fails over a node port that comes twice, before it is refused",
  },
];
