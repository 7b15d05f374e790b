// What is said of a service that is taken? Source: pkg/api/service/warnings.go.

import { warnCidr, warnIp } from './address-warnings.ts';
import type { Service } from './generated/v1.ts';

const outdatedHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';

export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const { type, clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP, sessionAffinity } = spec;
  const isExternalName = type === 'ExternalName';
  const isHeadless = type === 'ClusterIP' && clusterIP === 'None';
  const warnings: string[] = [];
  if (metadata.annotations?.[outdatedHints] !== undefined)
    warnings.push(`annotation ${outdatedHints} is deprecated, please use ${topologyMode} instead`);
  if (!isHeadless) warnings.push(...warnEach(clusterIPs, 'spec.clusterIPs', warnIp));
  if (isHeadless) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services');
    if (sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  warnings.push(...warnEach(externalIPs, 'spec.externalIPs', warnIp));
  if (externalIPs.length > 0 && !isHeadless && !isExternalName)
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (loadBalancerIP) warnings.push(...warnIp('spec.loadBalancerIP', loadBalancerIP));
  warnings.push(...warnEach(spec.loadBalancerSourceRanges ?? [], 'spec.loadBalancerSourceRanges', warnCidr));
  if (isExternalName && externalIPs.length > 0)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isExternalName && spec.externalName)
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose')
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}

function warnEach(texts: string[], path: string, warn: (field: string, text: string) => string[]): string[] {
  return texts.flatMap((text, index) => warn(`${path}[${index}]`, text));
}
