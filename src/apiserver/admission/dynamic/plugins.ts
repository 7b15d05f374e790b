// Which rules did users of the cluster make? Webhooks and policies; loaded when the first of them is there.

import { registryPrefix } from '../../cache/watch-cache.ts';
import type { AdmissionRequest } from '../chain.ts';

const prefix = `${registryPrefix}admissionregistration.k8s.io/`;

function hasAny({ operation }: AdmissionRequest, plural: string): boolean {
  return operation.cache.collection(`${prefix}${plural}/`).size > 0;
}

/** Mutating policies, then mutating webhooks. */
export async function userMutations(request: AdmissionRequest): Promise<void> {
  if (request.operation.isAdmitted) return;
  if (hasAny(request, 'mutatingadmissionpolicybindings')) {
    const { mutatingPolicies } = await import('./mutating-policies.ts');
    await mutatingPolicies(request);
  }
  if (!hasAny(request, 'mutatingwebhookconfigurations')) return;
  const { mutatingWebhooks } = await import('./webhooks.ts');
  await mutatingWebhooks(request);
}

/** Validating policies, then validating webhooks. */
export async function userValidations(request: AdmissionRequest): Promise<void> {
  if (request.operation.isAdmitted) return;
  if (hasAny(request, 'validatingadmissionpolicybindings')) {
    const { validatingPolicies } = await import('./policies.ts');
    await validatingPolicies(request);
  }
  if (!hasAny(request, 'validatingwebhookconfigurations')) return;
  const { validatingWebhooks } = await import('./webhooks.ts');
  await validatingWebhooks(request);
}
