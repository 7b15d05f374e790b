// Who asks for a certificate, and who may approve and sign it? The server fills in the first and checks the others.
// Source: plugin/pkg/admission/certificates and pkg/registry/certificates.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import type { CertificateSigningRequest } from '../../apis/certificates/generated/v1.ts';
import { resourceAttributes } from '../auth/attributes.ts';
import { mastersGroup } from '../auth/authorizer.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { Operation } from '../registry/context.ts';
import type { UserInfo } from '../types.ts';
import type { AdmissionRequest } from './chain.ts';
import { calledName, forbiddenBy } from './forbidden.ts';

const group = 'certificates.k8s.io';
const clientSigner = 'kubernetes.io/kube-apiserver-client';
const nodeSigners: readonly string[] = ['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving'];

/** Writes the requestor into new requests, keeps specs as they are, and asks for `approve` and `sign` on the signer. */
export async function certificateRequests({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  const { entry, info } = operation;
  if (entry.groupResource !== `certificatesigningrequests.${group}` || verb === 'DELETE') return;
  const csr = object as CertificateSigningRequest;
  if (verb === 'CREATE') return prepare(operation, csr);
  const before = old as CertificateSigningRequest;
  csr.spec = before.spec;
  const { signerName } = csr.spec;
  if (info.subresource === '') csr.status = before.status ?? {};
  if (info.subresource === 'approval') {
    csr.status = { ...before.status, conditions: csr.status?.conditions ?? [] };
    keepConditions(csr, before, ['Failed']);
    requireOn(operation, { verb: 'approve', signerName, name: csr.metadata.name });
  }
  if (info.subresource === 'status') keepConditions(csr, before, ['Approved', 'Denied']);
  if (info.subresource === 'status' && !semanticallyEqual(csr.status, before.status))
    requireOn(operation, { verb: 'sign', signerName, name: csr.metadata.name });
}

async function prepare(operation: Operation, csr: CertificateSigningRequest): Promise<void> {
  const { name, groups, uid, extra } = operation.user;
  const { username: _username, groups: _groups, uid: _uid, extra: _extra, ...asked } = csr.spec;
  csr.spec = { ...asked, username: name, groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
  csr.status = {};
  const why = await subjectRefusal(operation.user, csr);
  if (why !== undefined) throw forbiddenBy(operation, calledName(csr), { why });
}

/** Nobody asks to be a master, and no node to be another one. Source: certificates/subjectrestriction, noderestriction admitCSR. */
async function subjectRefusal(user: UserInfo, { spec }: CertificateSigningRequest): Promise<string | undefined> {
  const nodeName = nodeNameOf(user);
  const isOfNode = nodeName !== undefined && nodeSigners.includes(spec.signerName);
  if (spec.signerName !== clientSigner && !isOfNode) return undefined;
  // Loaded on first use: certificates are seldom asked for.
  const { readSigningRequest } = await import('../../base/certificate-requests.ts');
  const pem = Buffer.from(spec.request, 'base64').toString();
  const request = await readSigningRequest(pem).catch((error: unknown) => String(error));
  if (typeof request === 'string') return isOfNode ? `unable to parse csr: ${request}` : undefined;
  if (isOfNode)
    return request.commonName === user.name ? undefined : `can only create a node CSR with CN=system:node:${nodeName}`;
  return request.organizations.includes(mastersGroup)
    ? `use of ${clientSigner} signer with ${mastersGroup} group is not allowed`
    : undefined;
}

/** What is for others to say stays in their words; validation has its say on what comes or goes. Source: preserveConditionInstances. */
function keepConditions(
  { status }: CertificateSigningRequest,
  before: CertificateSigningRequest,
  types: readonly string[],
): void {
  for (const type of types) {
    const old = (before.status?.conditions ?? []).filter((each) => each.type === type);
    const conditions = status?.conditions ?? [];
    if (!status || conditions.filter((each) => each.type === type).length !== old.length) continue;
    status.conditions = conditions.map((each) => (each.type === type ? (old.shift() ?? each) : each));
  }
}

/** The right may be given for one signer, for those of a domain, or for all. */
function requireOn(
  operation: Operation,
  { verb, signerName, name }: { verb: 'approve' | 'sign'; signerName: string; name: string },
): void {
  const { access, user } = operation;
  const domain = `${signerName.split('/')[0]}/*`;
  const isAllowed = [signerName, domain].some(
    (signer) =>
      access.authorizer.decide(user, resourceAttributes({ verb, group, resource: 'signers', name: signer })).isAllowed,
  );
  if (isAllowed) return;
  throw forbiddenBy(operation, name, {
    why: `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
  });
}
