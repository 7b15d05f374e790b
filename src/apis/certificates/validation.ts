// Which signing requests are refused, and what of them may change? Upstream's pkg/apis/certificates/validation.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { immutable } from '../field-rules.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from './generated/v1.ts';

const expirationSecondsMin = 600;

/** Causes against a new signing request. */
export function validateSigningRequest({ spec }: CertificateSigningRequest): StatusCause[] {
  const { request, usages, signerName, expirationSeconds } = spec;
  const causes: StatusCause[] = [];
  const pem = Buffer.from((request as string | undefined) ?? '', 'base64').toString('latin1');
  if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----')) {
    causes.push(invalidValue('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if (!usages?.length) causes.push(required('spec.usages'));
  const seen = new Set<string>();
  for (const [index, usage] of (usages ?? []).entries()) {
    if (seen.has(usage)) causes.push(duplicate(`spec.usages[${index}]`, usage));
    seen.add(usage);
  }
  if (!signerName) causes.push(required('spec.signerName'));
  else if (!/^[^/]+\.[^/]+\/[^/]/.test(signerName)) {
    causes.push(
      invalidValue(
        'spec.signerName',
        signerName,
        'must be a fully qualified domain and path of the form "example.com/signer-name"',
      ),
    );
  }
  if (expirationSeconds !== undefined && expirationSeconds < expirationSecondsMin) {
    const why = 'may not specify a duration less than 600 seconds (10 minutes)';
    causes.push(invalidValue('spec.expirationSeconds', expirationSeconds, why));
  }
  return causes;
}

/** Causes against an update: what was asked for may not change. */
export function validateSigningRequestUpdate(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
): StatusCause[] {
  return [...validateSigningRequest(request), ...immutable('spec', request.spec, old.spec)];
}

/** Causes against a decision or a certificate. What has been approved, denied or issued stays so. */
export function validateSigningRequestStatus(
  { status = {} }: CertificateSigningRequest,
  { status: old = {} }: CertificateSigningRequest,
): StatusCause[] {
  const conditions = status.conditions ?? [];
  const has = (list: CertificateSigningRequestCondition[], type: string): boolean =>
    list.some((condition) => condition.type === type);
  const causes: StatusCause[] = [];
  for (const type of ['Approved', 'Denied', 'Failed']) {
    if (has(old.conditions ?? [], type) && !has(conditions, type)) {
      causes.push(forbidden('status.conditions', `updates may not remove a condition of type "${type}"`));
    }
  }
  for (const [index, { type, status: state }] of conditions.entries()) {
    const at = `status.conditions[${index}]`;
    if (!type) causes.push(required(`${at}.type`));
    if (['Approved', 'Denied', 'Failed'].includes(type) && state !== 'True') {
      causes.push(invalidValue(`${at}.status`, state, 'status must be "True"'));
    }
  }
  if (has(conditions, 'Approved') && has(conditions, 'Denied')) {
    causes.push(invalidValue('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive'));
  }
  if (old.certificate && status.certificate !== old.certificate) {
    causes.push(forbidden('status.certificate', 'updates may not modify a certificate once set'));
  }
  return causes;
}
