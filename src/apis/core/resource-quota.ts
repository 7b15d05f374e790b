// What is a resource quota to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceQuota } from './generated/v1.ts';
import { validateQuota, validateQuotaStatus, validateQuotaUpdate } from './resource-quota-validation.ts';

export const resourceQuotas: Resource<ResourceQuota> = {
  group: '',
  version: 'v1',
  plural: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
};

export const resourceQuota = defineResource<ResourceQuota>({
  resource: resourceQuotas,
  listKind: 'ResourceQuotaList',
  singular: 'resourcequota',
  shortNames: ['quota'],
  categories: [],
  subresources: ['status'],
  schemaName: 'io.k8s.api.core.v1.ResourceQuota',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    column('Request', (quota) => usage(quota, (name) => !name.startsWith('limits.'))),
    column('Limit', (quota) => usage(quota, (name) => name.startsWith('limits.'))),
    ageColumn(),
  ],
  selectableFields: {},
  prepareForCreate: (quota) => {
    quota.status = {};
  },
  validateCreate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  validateStatus: validateQuotaStatus,
});

function usage({ status }: ResourceQuota, isShown: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter(isShown)
    .sort()
    .map(
      (name) =>
        `${name}: ${canonicalQuantity(status?.used?.[name] ?? '0')}/${canonicalQuantity(status?.hard?.[name] ?? '0')}`,
    )
    .join(', ');
}
