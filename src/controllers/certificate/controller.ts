// How do approved certificate signing requests get their certificates?

import type { Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { CertificateSigningRequest } from '../../apis/certificates/generated/v1.ts';
import { readSigningRequest, type SigningRequest, signRequest } from '../../base/certificate-requests.ts';
import type { Authority } from '../../base/certificates.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { type CertificateStep, reconcileCertificate } from './reconcile.ts';

const requests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  plural: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
};

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
