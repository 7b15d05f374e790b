// What is a service account to the API server?

import { ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { serviceAccounts } from '../resources.ts';
import type { ServiceAccount } from './generated/v1.ts';

export const serviceAccount = defineResource<ServiceAccount>({
  resource: serviceAccounts,
  listKind: 'ServiceAccountList',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  categories: [],
  subresources: ['token'],
  schemaName: 'io.k8s.api.core.v1.ServiceAccount',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [nameColumn(), ageColumn()],
  selectableFields: {},
  prepareForCreate: keepOnlyNames,
  prepareForUpdate: keepOnlyNames,
});

/** Its secrets stand in its own namespace: only their names say something. Source: pkg/registry/core/serviceaccount. */
function keepOnlyNames(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
