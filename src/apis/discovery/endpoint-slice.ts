// What is an endpoint slice to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
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
  columns: [
    nameColumn(),
    column('AddressType', ({ addressType }) => addressType),
    column('Ports', ({ ports }) => firstOf((ports ?? []).map(portOf))),
    column('Endpoints', ({ endpoints }) => firstOf((endpoints ?? []).flatMap(({ addresses }) => addresses))),
    ageColumn(),
  ],
});

const shownMax = 3;

function firstOf(all: string[]): string {
  if (all.length === 0) return '<unset>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}

function portOf({ port, name }: EndpointPort): string {
  return port === undefined ? (name ?? '*') : String(port);
}
