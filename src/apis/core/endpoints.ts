// What are endpoints to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Endpoints } from './generated/v1.ts';

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
  applyDefaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP';
  },
});

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
