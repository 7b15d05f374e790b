// Which endpoint slices are refused, and what of them is filled in? Upstream's pkg/apis/discovery.

import { duplicate, invalidValue, notSupported, required, tooMany } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { immutable, named, oneOf } from '../field-rules.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from './generated/v1.ts';

const endpointsMax = 1000;
const portsMax = 20_000;
const addressesMax = 100;
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/** Ports have a name, be it empty, and a protocol. */
export function defaultEndpointSlice({ ports }: EndpointSlice): void {
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

function validateEndpoint({ addresses, hostname }: Endpoint, addressType: string, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (addresses.length === 0) causes.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > addressesMax) causes.push(tooMany(`${at}.addresses`, addresses.length, addressesMax));
  for (const [index, address] of addresses.entries()) {
    causes.push(...validateAddress(address, addressType, `${at}.addresses[${index}]`));
  }
  return hostname === undefined ? causes : [...causes, ...named(`${at}.hostname`, hostname, dns1123Label)];
}

function validateAddress(address: string, addressType: string, field: string): StatusCause[] {
  if (addressType === 'FQDN') return named(field, address, dns1123Subdomain);
  if (addressType === 'IPv4' && !isIpv4(address)) return [invalidValue(field, address, 'must be an IPv4 address')];
  if (addressType === 'IPv6' && !address.includes(':'))
    return [invalidValue(field, address, 'must be an IPv6 address')];
  return [];
}

function isIpv4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function validatePorts(ports: EndpointPort[]): StatusCause[] {
  if (ports.length > portsMax) return [tooMany('ports', ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    const causes = name === '' ? [] : named(`${at}.name`, name, dns1123Label);
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    causes.push(...oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
    return appProtocol === undefined ? causes : [...causes, ...named(`${at}.appProtocol`, appProtocol, labelKey)];
  });
}
