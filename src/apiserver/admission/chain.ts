// Which rules beside its own does an object have to meet, and what do they add to it?

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Operation } from '../registry/context.ts';
import { admissionRegistration } from './admission-registration.ts';
import { certificateRequests } from './certificate-requests.ts';
import { claimResize } from './claim-resize.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { userMutations, userValidations } from './dynamic/plugins.ts';
import { limitDefaults, limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { defaultPriorityClass, podPriority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { podRuntimeClass } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { serviceAddress } from './service-address.ts';

export interface AdmissionRequest {
  verb: 'CREATE' | 'UPDATE' | 'DELETE';
  operation: Operation;
  /** The object as it would be; plugins of the mutating phase may change it. Undefined on DELETE. */
  object: KubeObject | undefined;
  old: KubeObject | undefined;
}

/** Resolves if the request may go on; rejects with StatusError if not. */
export type AdmissionPlugin = (request: AdmissionRequest) => Promise<void> | void;

const mutating: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  nodeRestriction,
  serviceAccountAdmission,
  certificateRequests,
  limitDefaults,
  podPriority,
  podRuntimeClass,
  defaultStorageClass,
  serviceAddress,
  userMutations,
];
// Quotas come last: what another plugin refuses must not be charged.
const validating: readonly AdmissionPlugin[] = [
  claimResize,
  rbacEscalation,
  customResourceDefinition,
  admissionRegistration,
  defaultPriorityClass,
  podSecurity,
  limitRanger,
  userValidations,
  resourceQuota,
];

/** Runs the plugins of one phase in order. Rejects with the first refusal. */
export async function admit(request: AdmissionRequest, phase: 'mutate' | 'validate'): Promise<void> {
  for (const plugin of phase === 'mutate' ? mutating : validating) {
    const pending = plugin(request);
    // Most plugins have nothing to say about most requests: waiting for each would cost more than asking it.
    if (pending) await pending;
  }
}
