// Who approves the signing requests of nodes, and how do approved requests get their certificates?

import type { Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { SubjectAccessReview } from '../../apis/authorization/generated/v1.ts';
import type { CertificateSigningRequest } from '../../apis/certificates/generated/v1.ts';
import { readSigningRequest, type SigningRequest, signRequest } from '../../base/certificate-requests.ts';
import type { Authority } from '../../base/certificates.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Client } from '../../client/types.ts';
import { type Approval, approvalsFor, type CertificateStep, reconcileCertificate } from './reconcile.ts';

const requests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
};

const accessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

/** Approves client certificates of nodes for those who may have them: `csrapproving`. */
export function certificateApprovingController(deps: ControllerDeps): Controller {
  const { client, informers, clock } = deps;
  const all = informers.of(requests);
  return keyedController(
    {
      name: 'certificate-approving',
      watch: (enqueue) => all.onChange(({ object }) => enqueue(object.metadata.name)),
      async reconcileKey(key, signal) {
        const csr = all.get(key);
        if (!csr) return { requeue: 'never' };
        const request = await readRequest(Buffer.from(csr.spec.request, 'base64').toString());
        // The signer says what is wrong with a request that can't be read, once somebody has approved it.
        const approvals = typeof request === 'string' ? [] : approvalsFor(csr, request);
        const approval = await firstAllowed(approvals, { csr, client }, signal);
        if (!approval) return { requeue: 'never' };
        const now = rfc3339(clock.now());
        const approved = {
          type: 'Approved',
          status: 'True',
          reason: 'AutoApproved',
          message: approval.message,
          lastUpdateTime: now,
          lastTransitionTime: now,
        };
        const status = { ...csr.status, conditions: [...(csr.status?.conditions ?? []), approved] };
        try {
          await client.update(requests, { ...csr, status }, signal, { subresource: 'approval' });
        } catch (error) {
          if (!isStatus(error, 'NotFound')) throw error;
        }
        return { requeue: 'never' };
      },
    },
    deps,
  );
}

async function firstAllowed(
  approvals: Approval[],
  { csr, client }: { csr: CertificateSigningRequest; client: Client },
  signal: AbortSignal,
): Promise<Approval | undefined> {
  const { username = '', uid = '', groups = [], extra = {} } = csr.spec;
  for (const approval of approvals) {
    const resourceAttributes = {
      group: requests.group,
      resource: requests.plural,
      verb: 'create',
      subresource: approval.subresource,
    };
    const spec = { user: username, uid, groups, extra, resourceAttributes };
    const review = await client.create(accessReviews, { metadata: {}, spec }, signal);
    if (review.status?.allowed) return approval;
  }
  return undefined;
}

/** Signs with the cluster's authority what has been approved. */
export function certificateController(deps: ControllerDeps, { authority }: { authority: Authority }): Controller {
  const { client, informers } = deps;
  const all = informers.of(requests);
  return keyedController(
    {
      name: 'certificate',
      watch: (enqueue) => all.onChange(({ object }) => enqueue(object.metadata.name)),
      async reconcileKey(key, signal) {
        const csr = all.get(key);
        if (!csr) return { requeue: 'never' };
        const pem = Buffer.from(csr.spec.request, 'base64').toString();
        const step = reconcileCertificate(csr, await readRequest(pem));
        if (step.type === 'Settled') return { requeue: 'never' };
        const status = { ...csr.status, ...(await outcome(step, { csr, pem, authority }, deps)) };
        try {
          await client.update(requests, { ...csr, status }, signal, { subresource: 'status' });
        } catch (error) {
          if (!isStatus(error, 'NotFound')) throw error;
        }
        return { requeue: 'now' };
      },
    },
    deps,
  );
}

function readRequest(pem: string): Promise<SigningRequest | string> {
  return readSigningRequest(pem).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
}

async function outcome(
  step: Exclude<CertificateStep, { type: 'Settled' }>,
  { csr, pem, authority }: { csr: CertificateSigningRequest; pem: string; authority: Authority },
  { clock, random }: ControllerDeps,
): Promise<CertificateSigningRequest['status']> {
  if (step.type === 'Sign') {
    const certificate = await signRequest(authority, pem, { ...step, nowMs: clock.now(), random });
    return { certificate: Buffer.from(certificate).toString('base64') };
  }
  const now = rfc3339(clock.now());
  const failed = {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message: step.message,
    lastUpdateTime: now,
    lastTransitionTime: now,
  };
  return { conditions: [...(csr.status?.conditions ?? []), failed] };
}
