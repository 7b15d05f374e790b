// What is a lease to the API server?

import { forbidden, invalidValue, notSupported } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { named } from '../field-rules.ts';
import { leases } from '../resources.ts';
import type { Lease } from './generated/v1.ts';

export const lease = defineResource<Lease>({
  resource: leases,
  listKind: 'LeaseList',
  singular: 'lease',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.coordination.v1.Lease',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [nameColumn(), column('Holder', ({ spec }) => spec?.holderIdentity ?? ''), ageColumn()],
  selectableFields: {},
  validateCreate: validateLease,
  validateUpdate: validateLease,
});

function validateLease({ spec }: Lease): StatusCause[] {
  const causes: StatusCause[] = [];
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec ?? {};
  if (duration !== undefined && duration <= 0) {
    causes.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    causes.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  // Upstream names the field twice.
  if (strategy !== undefined) causes.push(...strategyCauses(strategy, 'spec.strategy.strategy'));
  if (preferredHolder && !strategy)
    causes.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  return causes;
}

function strategyCauses(strategy: string, field: string): StatusCause[] {
  if (strategy.includes('/')) return named(field, strategy, labelKey);
  return strategy === 'OldestEmulationVersion' ? [] : [notSupported(field, strategy, ['OldestEmulationVersion'])];
}
