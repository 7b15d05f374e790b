// What is an APIService to the API server? One for each group version that it serves: computed, never stored. There is
// no aggregation: nobody else's API is served under this server's address.

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { APIService } from './generated/v1.ts';

const apiServices: Resource<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};

export const apiService = defineBuiltIn<APIService>({
  resource: apiServices,
  schemaName: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  categories: ['api-extensions'],
  verbs: ['get', 'list'],
  isVirtual: true,
  columns: [
    nameColumn(),
    column('Service', ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
    column('Available', ({ status }) => status?.conditions?.find(({ type }) => type === 'Available')?.status ?? ''),
    ageColumn(),
  ],
});
