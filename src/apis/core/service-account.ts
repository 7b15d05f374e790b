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
  warnings: accountWarnings,
});

const enforceMountable = 'kubernetes.io/enforce-mountable-secrets';

/** Who sets the annotation anew is told. Source: pkg/registry/core/serviceaccount. */
function accountWarnings({ metadata }: ServiceAccount, old?: ServiceAccount): string[] {
  const isSetIn = (annotations: Record<string, string> | undefined): boolean =>
    annotations?.[enforceMountable] !== undefined;
  if (!isSetIn(metadata.annotations) || isSetIn(old?.metadata.annotations)) return [];
  const why = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
  return [`metadata.annotations[${enforceMountable}]: ${why}`];
}

/** Its secrets stand in its own namespace: only their names say something. Source: pkg/registry/core/serviceaccount. */
function keepOnlyNames(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
