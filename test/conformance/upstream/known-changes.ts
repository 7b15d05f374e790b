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

export const knownChanges: KnownChange[] = [
  {
    sample: /^autoscaling\/v2\/HorizontalPodAutoscaler minimal$/,
    on: 'first status',
    change: /^status\.currentMetrics(?: = \[\]|\[0\] = absent)$/,
    why: emptyIsAbsent,
  },
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
