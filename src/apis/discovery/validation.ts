// Which endpoint slices are refused, and what of them is filled in or dropped? Upstream's pkg/apis/discovery.

import { isIP } from 'node:net';
import { duplicate, invalidValue, notSupported, required, tooMany } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey, labelValue, type NameRule } from '../../apimachinery/validation.ts';
import { ipName, specialIp, validateIp } from '../core/ip-rules.ts';
import { fullyQualifiedDomain } from '../domain-rules.ts';
import { immutable, named } from '../field-rules.ts';
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from './generated/v1.ts';

const endpointsMax = 1000;
const portsMax = 20_000;
const addressesMax = 100;
const hintsMax = 8;
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/** Ports have a name, be it empty, and a protocol; topologies are not kept, as in upstream's v1. */
export function defaultEndpointSlice({ endpoints, ports }: EndpointSlice): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology;
  for (const port of ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

/** Causes against an endpoint slice. */
export function validateEndpointSlice({ addressType, endpoints, ports }: EndpointSlice): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!addressType) causes.push(required('addressType'));
  else if (!addressTypes.includes(addressType)) causes.push(notSupported('addressType', addressType, addressTypes));
  return [...causes, ...validateEndpoints(endpoints ?? [], addressType), ...validatePorts(ports ?? [])];
}

/** Causes against an update of an endpoint slice. */
export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): StatusCause[] {
  return [...validateEndpointSlice(slice), ...immutable('addressType', slice.addressType, old.addressType)];
}

function validateEndpoints(endpoints: Endpoint[], addressType: string): StatusCause[] {
  if (endpoints.length > endpointsMax) return [tooMany('endpoints', endpoints.length, endpointsMax)];
  return endpoints.flatMap((endpoint, index) => validateEndpoint(endpoint, addressType, `endpoints[${index}]`));
}

function validateEndpoint(endpoint: Endpoint, addressType: string, at: string): StatusCause[] {
  const { addresses, hostname, nodeName, hints } = endpoint;
  const causes: StatusCause[] = [];
  if (addresses.length === 0) causes.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > addressesMax) causes.push(tooMany(`${at}.addresses`, addresses.length, addressesMax));
  for (const [index, address] of addresses.entries()) {
    causes.push(...validateAddress(address, addressType, { at: `${at}.addresses`, index }));
  }
  if (nodeName !== undefined) causes.push(...named(`${at}.nodeName`, nodeName, dns1123Subdomain));
  if (hostname !== undefined) causes.push(...named(`${at}.hostname`, hostname, dns1123Label));
  return hints ? [...causes, ...validateHints(hints, `${at}.hints`)] : causes;
}

function validateAddress(
  address: string,
  addressType: string,
  { at, index }: { at: string; index: number },
): StatusCause[] {
  const field = `${at}[${index}]`;
  if (addressType === 'FQDN') return fullyQualifiedDomain(field, address);
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return [];
  // Slices of IPv6 have been strict from their start.
  const causes = addressType === 'IPv6' ? named(field, address, ipName) : validateIp(field, address);
  if (causes.length > 0) return causes;
  // Upstream tells of the family at the list.
  if (isIP(address) !== Number(addressType.at(-1)))
    causes.push(invalidValue(at, address, `must be an ${addressType} address`));
  return [...causes, ...specialIp(field, address)];
}

function validateHints({ forZones = [], forNodes = [] }: EndpointHints, at: string): StatusCause[] {
  const tooManyOf = (list: unknown[], name: string): StatusCause[] =>
    list.length > hintsMax ? [tooMany(`${at}.${name}`, list.length, hintsMax)] : [];
  const tooManyHints = [...tooManyOf(forZones, 'forZones'), ...tooManyOf(forNodes, 'forNodes')];
  if (tooManyHints.length > 0) return tooManyHints;
  return [
    ...uniqueNames(forZones, `${at}.forZones`, labelValue),
    ...uniqueNames(forNodes, `${at}.forNodes`, dns1123Subdomain),
  ];
}

function uniqueNames(items: readonly { name: string }[], at: string, rule: NameRule): StatusCause[] {
  const seen = new Set<string>();
  return items.flatMap(({ name }, index) => {
    const field = `${at}[${index}].name`;
    const causes = seen.has(name) ? [duplicate(field, name)] : [];
    seen.add(name);
    return [...causes, ...named(field, name, rule)];
  });
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: EndpointPort[]): StatusCause[] {
  if (ports.length > portsMax) return [tooMany('ports', ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    const causes = name === '' ? [] : named(`${at}.name`, name, dns1123Label);
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol !== undefined && !protocols.includes(protocol))
      causes.push(notSupported(`${at}.protocol`, protocol, protocols));
    return appProtocol === undefined ? causes : [...causes, ...named(`${at}.appProtocol`, appProtocol, labelKey)];
  });
}
