// What is a resource quota to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceQuota } from './generated/v1.ts';
import type { ResourceList } from './resource-list.ts';
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
  warnings: (quota, old) => (old ? [] : quotaWarnings(quota.spec?.hard ?? {})),
});

/** Warnings of requests that may be more than the limits. Source: pkg/registry/core/resourcequota. */
function quotaWarnings(hard: ResourceList): string[] {
  return ['cpu', 'memory', 'storage', 'ephemeral-storage'].flatMap((resource) => {
    const plain = resource === 'cpu' || resource === 'memory' ? [resource] : [];
    const request = [`requests.${resource}`, ...plain].find((name) => hard[name] !== undefined);
    const [asked, most] = [request && hard[request], hard[`limits.${resource}`]];
    if (asked === undefined || most === undefined) return [];
    if (compareQuantities(parseQuantity(asked), parseQuantity(most)) <= 0) return [];
    const [askedText, mostText] = [asked, most].map(canonicalQuantity);
    return [`ResourceQuota ${request} (${askedText}) should be less than limits.${resource} (${mostText})`];
  });
}

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
