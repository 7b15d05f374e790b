// Do the addresses of a service, their families and its policy about them agree, and may they change?
// Source: ValidateServiceClusterIPsRelatedFields and validateUpgradeDowngrade… of pkg/apis/core/validation.

import { isIP } from 'node:net';
import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { ServiceSpec } from './generated/v1.ts';
import { validateIp } from './ip-rules.ts';
import { validateBalancerClass } from './service-balancer.ts';
import { isHeadless, needsHealthCheck } from './service-facts.ts';

const ipsField = 'spec.clusterIPs';
const families = ['IPv4', 'IPv6'];
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const familyOf = (ip: string): string => (isIP(ip) === 6 ? 'IPv6' : 'IPv4');

export function validateServiceAddresses(spec: ServiceSpec, old: ServiceSpec | undefined): StatusCause[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const causes: StatusCause[] = [];
  if (clusterIP) {
    if (clusterIPs.length === 0) causes.push(required(ipsField));
    else if (clusterIPs[0] !== clusterIP)
      causes.push(invalidValue(ipsField, clusterIPs, 'first value must match `clusterIP`'));
  } else if (clusterIPs.length > 0) {
    causes.push(invalidValue(ipsField, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  for (const [index, family] of ipFamilies.entries()) {
    const field = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) causes.push(notSupported(field, family, families));
    if (ipFamilies.indexOf(family) < index) causes.push(duplicate(field, family));
  }
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy))
    causes.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies));

  const wrong = wrongAddresses(clusterIPs, old?.clusterIPs);
  causes.push(...wrong);
  if (clusterIPs.length > 2) causes.push(invalidValue(ipsField, clusterIPs, 'may only hold up to 2 values'));
  if (wrong.length > 0) return causes;
  const kinds = new Set(clusterIPs.map(familyOf));
  if (clusterIPs.length > 1 && (kinds.size < 2 || clusterIPs.length > 2))
    causes.push(invalidValue(ipsField, clusterIPs, 'may specify no more than one IP for each IP family'));
  if (isHeadless(spec)) return causes;
  for (const [index, ip] of clusterIPs.entries()) {
    const family = ipFamilies[index];
    if (family === undefined || !families.includes(family) || family === familyOf(ip)) continue;
    const why = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    causes.push(invalidValue(`${ipsField}[${index}]`, ip, why));
  }
  return causes;
}

function wrongAddresses(clusterIPs: readonly string[], before: readonly string[] = []): StatusCause[] {
  return clusterIPs.flatMap((ip, index) => {
    if (index > 0 || ip !== 'None') return validateIp(`${ipsField}[${index}]`, ip, before);
    return clusterIPs.length > 1 ? [invalidValue(ipsField, clusterIPs, "'None' must be the first and only value")] : [];
  });
}

/** What may not change about them. A change from or to an external name, or of a headless service, is free. */
export function validateAddressChange(spec: ServiceSpec, old: ServiceSpec): StatusCause[] {
  return [
    ...changedAddresses(spec, old),
    ...changedFamilies(spec, old),
    ...validateBalancerClass(spec, old),
    ...(needsHealthCheck(spec) && needsHealthCheck(old) && spec.healthCheckNodePort !== old.healthCheckNodePort
      ? [forbidden('spec.healthCheckNodePort', 'field is immutable')]
      : []),
  ];
}

function isNamedOutside(spec: ServiceSpec, old: ServiceSpec): boolean {
  return spec.type === 'ExternalName' || old.type === 'ExternalName';
}

function changedAddresses(spec: ServiceSpec, old: ServiceSpec): StatusCause[] {
  if (isNamedOutside(spec, old) || (isHeadless(spec) && isHeadless(old))) return [];
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []];
  const shown = spec.clusterIPs ?? null;
  if (now.length === before.length) {
    return before.flatMap((ip, index) =>
      ip === now[index] ? [] : [invalidValue(`${ipsField}[${index}]`, shown, 'may not change once set')],
    );
  }
  const causes: StatusCause[] = [];
  if (now.length === 0) causes.push(invalidValue(`${ipsField}[0]`, shown, 'primary clusterIP can not be unset'));
  if (before.length > 0 && now.length > 0 && now[0] !== before[0])
    causes.push(invalidValue(`${ipsField}[0]`, shown, 'may not change once set'));
  if (now.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const why = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    causes.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, why));
  }
  return causes;
}

function changedFamilies(spec: ServiceSpec, old: ServiceSpec): StatusCause[] {
  if (isNamedOutside(spec, old) || isHeadless(spec) || isHeadless(old)) return [];
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []];
  const field = 'spec.ipFamilies[0]';
  if (now.length === before.length)
    return before.flatMap((each, index) =>
      each === now[index] ? [] : [invalidValue(field, now, 'may not change once set')],
    );
  const causes: StatusCause[] = [];
  if (before.length > 0 && now.length > 0 && now[0] !== before[0])
    causes.push(invalidValue(field, spec.clusterIPs ?? null, 'may not change once set'));
  if (now.length === 1 && before.length > 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    const why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    causes.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, why));
  }
  return causes;
}
