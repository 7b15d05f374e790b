// What are endpoints to the API server?

import { isIP } from 'node:net';
import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { named, oneOf, portNumber } from '../field-rules.ts';
import { warnIp } from './address-warnings.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from './generated/v1.ts';
import { specialIp, validateIp } from './ip-rules.ts';

const endpointsResource: Resource<Endpoints> = {
  group: '',
  version: 'v1',
  plural: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
};
const shownMax = 3;

export const endpoints = defineResource<Endpoints>({
  resource: endpointsResource,
  listKind: 'EndpointsList',
  singular: 'endpoints',
  shortNames: ['ep'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.Endpoints',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [nameColumn(), column('Endpoints', addresses), ageColumn()],
  selectableFields: {},
  deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  applyDefaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP';
  },
  validateCreate: ({ subsets = [] }) => subsets.flatMap(validateSubset),
  warnings: endpointsWarnings,
  validateUpdate: ({ subsets = [] }, old) =>
    semanticallyEqual(subsets, old.subsets) ? [] : subsets.flatMap(validateSubset),
});

/** Those that upstream's controller writes are not looked at: it writes no bad addresses. */
function endpointsWarnings({ metadata, subsets = [] }: Endpoints): string[] {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return subsets.flatMap((subset, index) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip }, i) => warnIp(`subsets[${index}].${list}[${i}].ip`, ip)),
    ),
  );
}

// Source: validateEndpointSubsets of pkg/apis/core/validation.
function validateSubset({ addresses: ready = [], notReadyAddresses = [], ports = [] }: EndpointSubset, index: number) {
  const at = `subsets[${index}]`;
  return [
    ...(ready.length + notReadyAddresses.length === 0
      ? [required(at, 'must specify `addresses` or `notReadyAddresses`')]
      : []),
    ...ready.flatMap((address, i) => validateAddress(address, `${at}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((address, i) => validateAddress(address, `${at}.notReadyAddresses[${i}]`)),
    ...ports.flatMap((port, i) => validatePort(port, `${at}.ports[${i}]`, ports.length > 1)),
  ];
}

/** Loopback and link-local addresses may stand here: the pods of a local cluster have them. */
function validateAddress({ ip, hostname, nodeName }: EndpointAddress, at: string): StatusCause[] {
  return [
    ...validateIp(`${at}.ip`, ip),
    ...(hostname ? named(`${at}.hostname`, hostname, dns1123Label) : []),
    ...(nodeName === undefined ? [] : named(`${at}.nodeName`, nodeName, dns1123Subdomain)),
    ...(isIP(ip) === 0
      ? [invalidValue(`${at}.ip`, ip, 'must be a valid IP address')]
      : specialIp(`${at}.ip`, ip).filter(({ message = '' }) => !/loopback|link-local range/.test(message))),
  ];
}

function validatePort(
  { name, port, protocol, appProtocol }: EndpointPort,
  at: string,
  isNamed: boolean,
): StatusCause[] {
  const unnamed = isNamed ? [required(`${at}.name`)] : [];
  return [
    ...(name ? named(`${at}.name`, name, dns1123Label) : unnamed),
    ...portNumber(`${at}.port`, port ?? 0),
    ...(protocol ? oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']) : [required(`${at}.protocol`)]),
    ...(appProtocol === undefined ? [] : named(`${at}.appProtocol`, appProtocol, labelKey)),
  ];
}

function addresses({ subsets }: Endpoints): string {
  const all = (subsets ?? []).flatMap(({ addresses: own = [], ports = [] }) => {
    // A headless service may have no ports.
    if (ports.length === 0) return own.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => own.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  if (!subsets?.length) return '<none>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}
