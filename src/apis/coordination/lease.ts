// What is a lease to the API server?

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
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
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec ?? {};
  if (duration !== undefined && duration <= 0) {
    causes.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  if (transitions !== undefined && transitions < 0) {
    causes.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  return causes;
}
