// What of its old addresses and ports does a changed service keep? Source: pkg/registry/core/service (normalizeClusterIPs,
// patchAllocatedValues, dropTypeDependentFields).

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { ServiceSpec } from '../../apis/core/generated/v1.ts';
import { isExternal, needsHealthCheck, needsNodePort } from '../../apis/core/service-facts.ts';

/** Clients that know only one of the two spellings of its addresses change both. */
export function normalizeAddresses(spec: ServiceSpec, before: ServiceSpec | undefined): void {
  if (!before) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if (before.clusterIPs?.length && !spec.clusterIPs?.length && before.clusterIP === spec.clusterIP)
    spec.clusterIPs = before.clusterIPs;
  if (before.clusterIP === spec.clusterIP || !jsonEqual(before.clusterIPs, spec.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** Puts back what an update leaves out. */
export function keepAllocated(spec: ServiceSpec, before: ServiceSpec): void {
  const isNamed = spec.type === 'ExternalName';
  if (!isNamed && before.type !== 'ExternalName') {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = before.clusterIPs;
  }
  if (needsNodePort(before) && needsNodePort(spec)) keepNodePorts(spec, before);
  if (needsHealthCheck(before) && needsHealthCheck(spec) && before.healthCheckNodePort)
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

function keepNodePorts(spec: ServiceSpec, before: ServiceSpec): void {
  const known = new Map((before.ports ?? []).map(({ name = '', nodePort = 0 }) => [name, nodePort]));
  const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) {
    const old = known.get(port.name ?? '');
    if (!port.nodePort && old && !used.has(old)) port.nodePort = old;
  }
}

/** Takes away what its new type has no use for. */
export function dropUseless(spec: ServiceSpec, before: ServiceSpec): void {
  const drop = (field: keyof ServiceSpec, had: boolean, has: boolean): void => {
    if (had && !has && jsonEqual(spec[field], before[field])) delete spec[field];
  };
  const hasAddress = spec.type !== 'ExternalName';
  const hadAddress = before.type !== 'ExternalName';
  if (hadAddress && !hasAddress) {
    if (spec.clusterIP === before.clusterIP && jsonEqual(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    drop('ipFamilies', true, false);
    drop('ipFamilyPolicy', true, false);
  }
  const portsOf = ({ ports = [] }: ServiceSpec): unknown[] => ports.map(({ nodePort }) => nodePort ?? 0);
  if (needsNodePort(before) && !needsNodePort(spec) && jsonEqual(portsOf(spec), portsOf(before)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  drop('healthCheckNodePort', needsHealthCheck(before), needsHealthCheck(spec));
  drop('allocateLoadBalancerNodePorts', before.type === 'LoadBalancer', spec.type === 'LoadBalancer');
  drop('loadBalancerClass', before.type === 'LoadBalancer', spec.type === 'LoadBalancer');
  drop('externalTrafficPolicy', isExternal(before), isExternal(spec));
}

/** Upstream never shows the traffic policy of a name. One that is wrong is left, for validation to refuse it. */
export function dropTrafficPolicy(spec: ServiceSpec): void {
  const { type, internalTrafficPolicy: policy } = spec;
  if (type === 'ExternalName' && (policy === 'Cluster' || policy === 'Local')) delete spec.internalTrafficPolicy;
}
