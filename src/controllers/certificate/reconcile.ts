// Is a certificate signing request to be signed, and may its signer sign what it asks for? Pure.
// Source: pkg/controller/certificates/signer and pkg/apis/certificates/helpers.

import type { CertificateSigningRequest } from '../../apis/certificates/generated/v1.ts';
import type { SigningRequest } from '../../base/certificate-requests.ts';

const apiServerClient = 'kubernetes.io/kube-apiserver-client';
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet';
const kubeletServing = 'kubernetes.io/kubelet-serving';
const secondsMin = 600;
const secondsMax = 365 * 24 * 60 * 60;

export type CertificateStep =
  | { type: 'Settled' }
  | { type: 'Fail'; message: string }
  | { type: 'Sign'; usages: ('client' | 'server')[]; validSeconds: number };

/** A right that lets its holder's request for a node's client certificate be approved at once, and what is then said. */
export interface Approval {
  subresource: 'selfnodeclient' | 'nodeclient';
  message: string;
}

const nodeClientUsages = [
  ['client auth', 'digital signature'],
  ['client auth', 'digital signature', 'key encipherment'],
].map(String);

/**
 * The rights to ask about, one after the other, before `csr` is approved by itself. Only for client certificates of
 * nodes: who asks to serve, or for any other certificate, waits for a person. Source: pkg/controller/certificates/approver.
 */
export function approvalsFor(csr: CertificateSigningRequest, request: SigningRequest): Approval[] {
  const { spec, status } = csr;
  const isDecided = status?.conditions?.some(({ type }) => type === 'Approved' || type === 'Denied') ?? false;
  if (isDecided || status?.certificate || spec.signerName !== kubeletClient) return [];
  if (!nodeClientUsages.includes(String((spec.usages ?? []).toSorted()))) return [];
  if (signerRefusal(csr, request)) return [];
  const anyNode: Approval = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  if (spec.username !== request.commonName) return [anyNode];
  const itself: Approval = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  return [itself, anyNode];
}

/** The next step for `csr`; `request` is what its PEM says, or why it can't be read. */
export function reconcileCertificate(
  csr: CertificateSigningRequest,
  request: SigningRequest | string,
): CertificateStep {
  const { spec, status } = csr;
  const has = (type: string): boolean => status?.conditions?.some((each) => each.type === type) ?? false;
  const isOurs = [apiServerClient, kubeletClient, kubeletServing].includes(spec.signerName);
  if (!isOurs || !has('Approved') || has('Denied') || has('Failed') || status?.certificate) return { type: 'Settled' };
  const why = typeof request === 'string' ? `unable to parse csr: ${request}` : signerRefusal(csr, request);
  if (why) return { type: 'Fail', message: why };
  const usages = spec.signerName === kubeletServing ? ['server' as const] : ['client' as const];
  const wanted = spec.expirationSeconds ?? secondsMax;
  return { type: 'Sign', usages, validSeconds: Math.min(Math.max(wanted, secondsMin), secondsMax) };
}

/** Why the signer does not sign this; undefined if it does. */
export function signerRefusal({ spec }: CertificateSigningRequest, request: SigningRequest): string | undefined {
  const needed = spec.signerName === kubeletServing ? 'server auth' : 'client auth';
  const allowed = new Set([needed, 'digital signature', 'key encipherment']);
  const usages = spec.usages ?? [];
  if (!usages.includes(needed) || !usages.every((usage) => allowed.has(usage)))
    return `invalid usages for the signer ${spec.signerName}: ${usages.join(', ')}`;
  if (spec.signerName === apiServerClient) return undefined;

  const { commonName, organizations, dnsNames, ipAddresses, otherNames } = request;
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  if (otherNames.length > 0) return 'email and URI subjectAltNames are not allowed';
  const hasNames = dnsNames.length + ipAddresses.length > 0;
  if (spec.signerName === kubeletClient) return hasNames ? 'DNS and IP subjectAltNames are not allowed' : undefined;
  if (!hasNames) return 'DNS or IP subjectAltName is required';
  // Only a node itself may ask for a certificate under which it serves.
  return spec.username === commonName ? undefined : 'subject common name is not that of the requestor';
}
