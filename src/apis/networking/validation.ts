// Which network policies, addresses and address ranges are refused, and what of policies is filled in?
// Upstream's pkg/apis/networking.

import { isIP } from 'node:net';
import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { asSent } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, pathSegment, portName, validateLabelSelector } from '../../apimachinery/validation.ts';
import { isCidr, isStrictlyWithin, validateCidr } from '../core/ip-rules.ts';
import { immutableMessage, inGo, named, portNumber } from '../field-rules.ts';
import type {
  IPAddress,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
  ServiceCIDR,
} from './generated/v1.ts';

/** Fills in what directions a policy is about, and the protocol of its ports. */
export function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  if (!spec) return;
  if (!spec.policyTypes?.length) {
    spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  }
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of ports ?? []) port.protocol ??= 'TCP';
  }
}

/** Causes against a network policy. */
export function validateNetworkPolicy(policy: NetworkPolicy): StatusCause[] {
  return validatePolicy(policy, []);
}

/** Causes against an update of a network policy; ranges that it had before are not looked at. */
export function validateNetworkPolicyUpdate(policy: NetworkPolicy, { spec: old }: NetworkPolicy): StatusCause[] {
  const blocks = peersOf(old).flatMap(({ ipBlock }) => (ipBlock ? [ipBlock] : []));
  return validatePolicy(
    policy,
    blocks.flatMap(({ cidr, except }) => [cidr, ...(except ?? [])]),
  );
}

function peersOf(spec: NetworkPolicySpec | undefined): NetworkPolicyPeer[] {
  const from = (spec?.ingress ?? []).flatMap((rule) => rule.from ?? []);
  return [...from, ...(spec?.egress ?? []).flatMap(({ to }) => to ?? [])];
}

const policyTypes = ['Ingress', 'Egress'];

function validatePolicy({ spec }: NetworkPolicy, before: string[]): StatusCause[] {
  if (!spec) return [];
  const causes = validateLabelSelector(spec.podSelector ?? {}, 'spec.podSelector');
  for (const [index, { ports = [], from = [] }] of (spec.ingress ?? []).entries()) {
    const rule = `spec.ingress[${index}]`;
    causes.push(...ports.flatMap((port, at) => validatePolicyPort(port, `${rule}.ports[${at}]`)));
    causes.push(...from.flatMap((peer, at) => validatePeer(peer, `${rule}.from[${at}]`, before)));
  }
  for (const [index, { ports = [], to = [] }] of (spec.egress ?? []).entries()) {
    const rule = `spec.egress[${index}]`;
    causes.push(...ports.flatMap((port, at) => validatePolicyPort(port, `${rule}.ports[${at}]`)));
    causes.push(...to.flatMap((peer, at) => validatePeer(peer, `${rule}.to[${at}]`, before)));
  }
  const types = spec.policyTypes ?? [];
  if (types.length > policyTypes.length)
    return [...causes, invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  for (const [index, type] of types.entries()) {
    if (!policyTypes.includes(type)) causes.push(notSupported(`spec.policyTypes[${index}]`, type, policyTypes));
  }
  return causes;
}

const protocols = ['TCP', 'UDP', 'SCTP'];

function validatePolicyPort({ protocol, port, endPort }: NetworkPolicyPort, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (protocol !== undefined && !protocols.includes(protocol))
    causes.push(notSupported(`${at}.protocol`, protocol, protocols));
  const end = (why: string): StatusCause[] =>
    endPort === undefined ? [] : [invalidValue(`${at}.endPort`, endPort, why)];
  if (port === undefined) return [...causes, ...end('may not be specified when `port` is not specified')];
  if (typeof port === 'string') {
    causes.push(...end('may not be specified when `port` is non-numeric'));
    return [...causes, ...named(`${at}.port`, port, portName)];
  }
  causes.push(...portNumber(`${at}.port`, port));
  if (endPort === undefined) return causes;
  // Upstream tells of the port here.
  if (endPort < port) causes.push(invalidValue(`${at}.endPort`, port, 'must be greater than or equal to `port`'));
  return [...causes, ...portNumber(`${at}.endPort`, endPort)];
}

function validatePeer(peer: NetworkPolicyPeer, at: string, before: string[]): StatusCause[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const causes: StatusCause[] = [];
  if (podSelector) causes.push(...validateLabelSelector(podSelector, `${at}.podSelector`));
  if (namespaceSelector) causes.push(...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`));
  if (ipBlock) causes.push(...validateBlock(ipBlock, `${at}.ipBlock`, before));
  if (!podSelector && !namespaceSelector && !ipBlock) causes.push(required(at, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector))
    causes.push(forbidden(at, 'may not specify both ipBlock and another peer'));
  return causes;
}

function validateBlock({ cidr, except = [] }: IPBlock, at: string, before: string[]): StatusCause[] {
  if (!cidr) return [required(`${at}.cidr`)];
  const causes = validateCidr(`${at}.cidr`, cidr, before);
  if (!isCidr(cidr)) return causes;
  for (const [index, each] of except.entries()) {
    const field = `${at}.except[${index}]`;
    causes.push(...validateCidr(field, each, before));
    if (isCidr(each) && !isStrictlyWithin(each, cidr))
      causes.push(invalidValue(field, each, 'must be a strict subset of `cidr`'));
  }
  return causes;
}

/** Causes against an address that is taken. */
export function validateIpAddress({ spec }: IPAddress): StatusCause[] {
  const at = 'spec.parentRef';
  if (!spec?.parentRef) return [required(at)];
  const { group, resource, namespace, name } = spec.parentRef as Partial<typeof spec.parentRef>;
  return [
    ...(group ? named(`${at}.group`, group, dns1123Subdomain) : []),
    ...(resource ? named(`${at}.resource`, resource, pathSegment) : [required(`${at}.resource`)]),
    ...(name ? named(`${at}.name`, name, pathSegment) : [required(`${at}.name`)]),
    ...(namespace ? named(`${at}.namespace`, namespace, pathSegment) : []),
  ];
}

/** Causes against an update of an address: whose it is stays so. */
export function validateIpAddressUpdate(address: IPAddress, old: IPAddress): StatusCause[] {
  const causes = validateIpAddress(address);
  if (semanticallyEqual(address.spec?.parentRef, old.spec?.parentRef)) return causes;
  const shown = inGo(address.spec?.parentRef, {
    group: 'Group',
    resource: 'Resource',
    namespace: 'Namespace',
    name: 'Name',
  });
  return [...causes, invalidValue('spec.parentRef', shown, immutableMessage)];
}

/** Causes against the address ranges of services. */
export function validateServiceCidr({ spec }: ServiceCIDR): StatusCause[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalidValue('spec.cidrs', { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const causes = cidrs.flatMap((cidr, index) => validateCidr(`spec.cidrs[${index}]`, cidr));
  const [first = 0, second = -1] = cidrs.map((cidr) => (isCidr(cidr) ? isIP(cidr.split('/')[0] ?? '') : 0));
  if (first !== 0 && first === second) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    causes.push(invalidValue('spec.cidrs', cidrs, why));
  }
  return causes;
}

/** Causes against an update of the address ranges: a range of the other family may be added. */
export function validateServiceCidrUpdate(object: ServiceCIDR, old: ServiceCIDR): StatusCause[] {
  const [cidrs, before] = [object.spec?.cidrs ?? [], old.spec?.cidrs ?? []];
  const changed = before.flatMap((cidr, index) =>
    cidr === cidrs[index] ? [] : [invalidValue(`spec.cidrs[${index}]`, cidrs[index], immutableMessage)],
  );
  if (cidrs.length === before.length) return changed;
  if (before.length === 1 && cidrs.length === 2) return [...changed, ...validateServiceCidr(object)];
  return [invalidValue('spec.cidrs', object.spec && asSent(object.spec, 'cidrs'), immutableMessage)];
}
