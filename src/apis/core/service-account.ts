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
});
