// What is an endpoint slice to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { warnIp } from '../core/address-warnings.ts';
import { defineBuiltIn } from '../definition.ts';
import type { EndpointPort, EndpointSlice } from './generated/v1.ts';
import { defaultEndpointSlice, validateEndpointSlice, validateEndpointSliceUpdate } from './validation.ts';

const endpointSlices: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

export const endpointSlice = defineBuiltIn<EndpointSlice>({
  resource: endpointSlices,
  hasGeneration: true,
  generationCounts: 'labels',
  applyDefaults: defaultEndpointSlice,
  validateCreate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings: sliceWarnings,
  columns: [
    nameColumn(),
    column('AddressType', ({ addressType }) => addressType),
    column('Ports', ({ ports }) => firstOf((ports ?? []).map(portOf))),
    column('Endpoints', ({ endpoints }) => firstOf((endpoints ?? []).flatMap(({ addresses }) => addresses))),
    ageColumn(),
  ],
});

/** Controllers that write no bad addresses. */
const careful = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

/** Source: pkg/registry/discovery/endpointslice. */
function sliceWarnings({ metadata, addressType, endpoints = [] }: EndpointSlice, old?: EndpointSlice): string[] {
  const warnings = !old && addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : [];
  if (careful.includes(metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return warnings;
  for (const [index, { addresses }] of endpoints.entries())
    for (const [at, address] of addresses.entries())
      warnings.push(...warnIp(`endpoints[${index}].addresses[${at}]`, address));
  return warnings;
}

const shownMax = 3;

function firstOf(all: string[]): string {
  if (all.length === 0) return '<unset>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}

function portOf({ port, name }: EndpointPort): string {
  return port === undefined ? (name ?? '*') : String(port);
}
