// What is a certificate signing request to the API server?

import { humanDuration } from '../../apimachinery/duration.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { CertificateSigningRequest } from './generated/v1.ts';
import { validateDecision, validateSigningRequest, validateSigningRequestStatus } from './validation.ts';

const certificateSigningRequests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
};

export const certificateSigningRequest = defineBuiltIn<CertificateSigningRequest>({
  resource: certificateSigningRequests,
  shortNames: ['csr'],
  subresources: ['status', 'approval'],
  nameRule: () => [],
  prepareForCreate: (object) => {
    object.status = {};
  },
  prepareForStatus: timeConditions,
  validateCreate: validateSigningRequest,
  // What was asked for stays, whatever an update says: admission puts it back.
  validateUpdate: validateSigningRequest,
  validateStatus: validateSigningRequestStatus,
  validateApproval: validateDecision,
  columns: [
    nameColumn(),
    ageColumn(),
    column('SignerName', ({ spec }) => spec.signerName || '<none>'),
    column('Requestor', ({ spec }) => spec.username ?? ''),
    column('RequestedDuration', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', conditionOf),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
});

/** Conditions whose writer names no times. Source: populateConditionTimestamps. */
function timeConditions({ status }: CertificateSigningRequest, old: CertificateSigningRequest, now: string): void {
  for (const condition of status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    const same = old.status?.conditions?.find(
      ({ type, status: state, lastTransitionTime }) =>
        type === condition.type && state === condition.status && lastTransitionTime !== undefined,
    );
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
  }
}

function conditionOf({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const decision = ['Denied', 'Approved'].find(has) ?? 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}
