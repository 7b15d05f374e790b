// Which signing requests are refused, and what of them may change? Upstream's pkg/apis/certificates/validation.

import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateSignerName } from '../domain-rules.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from './generated/v1.ts';

const expirationSecondsMin = 600;
const allUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

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
    if (!allUsages.includes(usage)) causes.push(notSupported(`spec.usages[${index}]`, usage, allUsages));
  }
  for (const [index, usage] of (usages ?? []).entries()) {
    if (seen.has(usage)) causes.push(duplicate(`spec.usages[${index}]`, usage));
    seen.add(usage);
  }
  causes.push(...validateSignerName('spec.signerName', signerName ?? ''));
  if (expirationSeconds !== undefined && expirationSeconds < expirationSecondsMin) {
    const why = 'may not specify a duration less than 600 seconds (10 minutes)';
    causes.push(invalidValue('spec.expirationSeconds', expirationSeconds, why));
  }
  return causes;
}

/** Causes against a certificate, or a word on why there is none. Who signs does not approve. */
export function validateSigningRequestStatus(
  csr: CertificateSigningRequest,
  old: CertificateSigningRequest,
): StatusCause[] {
  const added = ['Approved', 'Denied'].filter((type) => countOf(csr, type) > countOf(old, type));
  const refused = added.map((type) =>
    forbidden('status.conditions', `updates may not add a condition of type "${type}"`),
  );
  return [...validateDecision(csr, old), ...refused];
}

/** Causes against a decision. What has been approved, denied or issued stays so. */
export function validateDecision(csr: CertificateSigningRequest, before: CertificateSigningRequest): StatusCause[] {
  const [{ status = {} }, { status: old = {} }] = [csr, before];
  const causes = validateConditions(status.conditions ?? [], old.conditions ?? []);
  if (status.certificate !== old.certificate) causes.push(...validateCertificate(status.certificate ?? ''));
  for (const type of onlyTrue) {
    if (countOf(csr, type) < countOf(before, type))
      causes.push(forbidden('status.conditions', `updates may not remove a condition of type "${type}"`));
  }
  if (old.certificate && status.certificate !== old.certificate)
    causes.push(forbidden('status.certificate', 'updates may not modify existing certificate content'));
  return causes;
}

function countOf({ status }: CertificateSigningRequest, type: string): number {
  return status?.conditions?.filter((condition) => condition.type === type).length ?? 0;
}

const onlyTrue = ['Approved', 'Denied', 'Failed'];

/** Conditions that contradict or repeat each other stay, where they did before. */
function validateConditions(
  conditions: CertificateSigningRequestCondition[],
  old: CertificateSigningRequestCondition[],
): StatusCause[] {
  const causes: StatusCause[] = [];
  const seen = new Set<string>();
  const hadBoth = ['Approved', 'Denied'].every((type) => old.some((condition) => condition.type === type));
  const hadRepeated = new Set(old.map(({ type }) => type)).size < old.length;
  for (const [index, { type, status }] of conditions.entries()) {
    const at = `status.conditions[${index}]`;
    const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!type) causes.push(required(`${at}.type`));
    if (!status) causes.push(required(`${at}.status`));
    else if (!allowed.includes(status)) causes.push(notSupported(`${at}.status`, status, allowed));
    const contrary = { Approved: 'Denied', Denied: 'Approved' }[type];
    if (contrary && seen.has(contrary) && !hadBoth)
      causes.push(invalidValue('status.conditions', type, 'Approved and Denied conditions are mutually exclusive'));
    if (seen.has(type) && !hadRepeated) causes.push(duplicate(`${at}.type`, type));
    seen.add(type);
  }
  return causes;
}

const pemBlock = /-----BEGIN ([^-\n]+)-----\n([^-]*)-----END \1-----/g;

function validateCertificate(certificate: string): StatusCause[] {
  if (certificate === '') return [];
  const blocks = [...Buffer.from(certificate, 'base64').toString('latin1').matchAll(pemBlock)];
  const other = blocks.find(([, type]) => type !== 'CERTIFICATE');
  const why = other
    ? `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other[1])}`
    : blocks.length === 0
      ? 'must contain at least one CERTIFICATE PEM block'
      : blocks.some(([, , content]) => content?.includes(':'))
        ? 'no PEM block headers are permitted'
        : undefined;
  return why === undefined ? [] : [invalidValue('status.certificate', '<certificate data>', why)];
}
