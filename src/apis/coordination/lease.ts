// What is a lease to the API server?

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { nonNegative } from '../field-rules.ts';
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
  prepareForCreate: withoutClosedGates,
  prepareForUpdate: withoutClosedGates,
  validateCreate: validateLease,
  validateUpdate: validateLease,
});

/** Source: pkg/apis/coordination/validation ValidateLeaseSpec. */
function validateLease({ spec }: Lease): StatusCause[] {
  const causes: StatusCause[] = [];
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec ?? {};
  if (duration !== undefined && duration <= 0) {
    causes.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  return [...causes, ...nonNegative('spec.leaseTransitions', transitions)];
}

/** Elections that weigh their candidates: gate CoordinatedLeaderElection. */
function withoutClosedGates({ spec }: Lease): void {
  if (!spec) return;
  delete spec.strategy;
  delete spec.preferredHolder;
}
