// Is what a load balancer tells of itself well formed? Source: ValidateLoadBalancerStatus of pkg/apis/core/validation.

import { isIP } from 'node:net';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { Service } from './generated/v1.ts';
import { validateIp } from './ip-rules.ts';

const modes = ['Proxy', 'VIP'];

export function validateLoadBalancer({ spec, status }: Service, old: Service): StatusCause[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const field = 'status.loadBalancer.ingress';
  if (spec?.type !== 'LoadBalancer' && ingress.length > 0)
    return [forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  const before = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return ingress.flatMap(({ ip, ipMode, hostname }, index) => {
    const at = `${field}[${index}]`;
    const causes = ip ? validateIp(`${at}.ip`, ip, before) : [];
    if (ipMode === undefined) {
      if (ip) causes.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (ip && !modes.includes(ipMode)) causes.push(notSupported(`${at}.ipMode`, ipMode, modes));
    else if (!ip) causes.push(forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    if (!hostname) return causes;
    causes.push(...named(`${at}.hostname`, hostname, dns1123Subdomain));
    if (isIP(hostname) !== 0)
      causes.push(invalidValue(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    return causes;
  });
}
