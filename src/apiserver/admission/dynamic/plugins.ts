// Which rules did users of the cluster make? Webhooks and policies; loaded when the first of them is there.

import { registryPrefix } from '../../cache/watch-cache.ts';
import type { AdmissionRequest } from '../chain.ts';

const prefixOf = (plural: string): string => `${registryPrefix}admissionregistration.k8s.io/${plural}/`;
// Whole texts: each write asks for all of them, and a text that is put together has to be hashed before it finds anything.
const mutatingPolicies = prefixOf('mutatingadmissionpolicybindings');
const mutatingWebhooks = prefixOf('mutatingwebhookconfigurations');
const validatingPolicies = prefixOf('validatingadmissionpolicybindings');
const validatingWebhooks = prefixOf('validatingwebhookconfigurations');

function hasAny({ operation }: AdmissionRequest, prefix: string): boolean {
  return operation.cache.collection(prefix).size > 0;
}

/** Mutating policies, then mutating webhooks; undefined if there are none. */
export function userMutations(request: AdmissionRequest): Promise<void> | undefined {
  if (request.operation.isAdmitted) return undefined;
  const hasPolicies = hasAny(request, mutatingPolicies);
  const hasWebhooks = hasAny(request, mutatingWebhooks);
  return hasPolicies || hasWebhooks ? mutate(request, { hasPolicies, hasWebhooks }) : undefined;
}

/** Validating policies, then validating webhooks; undefined if there are none. */
export function userValidations(request: AdmissionRequest): Promise<void> | undefined {
  if (request.operation.isAdmitted) return undefined;
  const hasPolicies = hasAny(request, validatingPolicies);
  const hasWebhooks = hasAny(request, validatingWebhooks);
  return hasPolicies || hasWebhooks ? validate(request, { hasPolicies, hasWebhooks }) : undefined;
}

interface Found {
  hasPolicies: boolean;
  hasWebhooks: boolean;
}

async function mutate(request: AdmissionRequest, { hasPolicies, hasWebhooks }: Found): Promise<void> {
  if (hasPolicies) {
    const { mutatingPolicies: plugin } = await import('./mutating-policies.ts');
    await counted(request, { name: 'MutatingAdmissionPolicy', type: 'admit', plugin });
  }
  if (hasWebhooks) {
    const { mutatingWebhooks: plugin } = await import('./webhooks.ts');
    await counted(request, { name: 'MutatingAdmissionWebhook', type: 'admit', plugin });
  }
}

async function validate(request: AdmissionRequest, { hasPolicies, hasWebhooks }: Found): Promise<void> {
  if (hasPolicies) {
    const { validatingPolicies: plugin } = await import('./policies.ts');
    await counted(request, { name: 'ValidatingAdmissionPolicy', type: 'validate', plugin });
  }
  if (hasWebhooks) {
    const { validatingWebhooks: plugin } = await import('./webhooks.ts');
    await counted(request, { name: 'ValidatingAdmissionWebhook', type: 'validate', plugin });
  }
}

interface CountedPlugin {
  name: string;
  type: 'admit' | 'validate';
  plugin: (request: AdmissionRequest) => Promise<void>;
}

async function counted(request: AdmissionRequest, { name, type, plugin }: CountedPlugin): Promise<void> {
  const { clock, admissions } = request.operation;
  const startMs = clock.monotonic();
  let isRejected = true;
  try {
    await plugin(request);
    isRejected = false;
  } finally {
    const seconds = (clock.monotonic() - startMs) / 1000;
    admissions.plugin(name, type, { operation: request.verb, seconds, isRejected });
  }
}
