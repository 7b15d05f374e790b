// Which rules beside its own does an object have to meet, and what do they add to it?

import type { DeleteOptions, KubeObject } from '../../apimachinery/meta.ts';
import type { Gvk } from '../openapi/subresources.ts';
import type { Operation } from '../registry/context.ts';
import { admissionRegistration } from './admission-registration.ts';
import { certificateRequests } from './certificate-requests.ts';
import { claimResize } from './claim-resize.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { userMutations, userValidations } from './dynamic/plugins.ts';
import { limitDefaults, limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { newNodeTaint } from './node-taint.ts';
import { outOfService } from './out-of-service.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { defaultPriorityClass, podPriority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { Rounds } from './reinvocation.ts';
import { resourceQuota } from './resource-quota.ts';
import { podOverhead, podRuntimeClass } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { serviceAddress } from './service-address.ts';
import { topologyLabels } from './topology-labels.ts';

export interface AdmissionRequest {
  verb: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  operation: Operation;
  /** The object as it would be; plugins of the mutating phase may change it. Undefined on DELETE. */
  object: KubeObject | undefined;
  old: KubeObject | undefined;
  /** On CREATE: did the server choose the name? */
  isNameGenerated?: boolean;
  /** Kind of the object where it is not the resource's own: a Binding, a Scale, the options of a stream. */
  part?: Gvk;
  /** What the client of a deletion asked for. */
  options?: DeleteOptions;
  /** Only in the mutating phase. */
  rounds?: Rounds;
}

/** Resolves if the request may go on; rejects with StatusError if not. */
export type AdmissionPlugin = (request: AdmissionRequest) => Promise<void> | void;

/** A plugin in its place. Asked about all resources, unless it names those that it knows. */
interface Step {
  plugin: AdmissionPlugin;
  /** What upstream calls its counterpart; absent where upstream does that elsewhere. */
  name?: string;
  of?: readonly string[];
}

const pods = ['pods'];
const claims = ['persistentvolumeclaims'];
const mutating: readonly Step[] = [
  { plugin: namespaceLifecycle, name: 'NamespaceLifecycle' },
  { plugin: nodeRestriction, name: 'NodeRestriction' },
  { plugin: newNodeTaint, name: 'TaintNodesByCondition', of: ['nodes'] },
  { plugin: outOfService, of: ['nodes'] },
  { plugin: serviceAccountAdmission, name: 'ServiceAccount', of: pods },
  { plugin: certificateRequests, of: ['certificatesigningrequests.certificates.k8s.io'] },
  { plugin: limitDefaults, name: 'LimitRanger', of: pods },
  { plugin: podPriority, name: 'Priority', of: pods },
  { plugin: defaultTolerations, name: 'DefaultTolerationSeconds', of: pods },
  { plugin: podRuntimeClass, name: 'RuntimeClass', of: pods },
  { plugin: defaultStorageClass, name: 'DefaultStorageClass', of: claims },
  { plugin: topologyLabels, name: 'PodTopologyLabels', of: pods },
  { plugin: userMutations },
];
/** Once, when nobody changes the object any more. */
const allocating: readonly Step[] = [{ plugin: serviceAddress, of: ['services'] }];
// Quotas come last: what another plugin refuses must not be charged.
const validating: readonly Step[] = [
  { plugin: podOverhead, name: 'RuntimeClass', of: pods },
  { plugin: claimResize, name: 'PersistentVolumeClaimResize', of: claims },
  {
    plugin: rbacEscalation,
    of: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map(
      (plural) => `${plural}.rbac.authorization.k8s.io`,
    ),
  },
  { plugin: customResourceDefinition, of: ['customresourcedefinitions.apiextensions.k8s.io'] },
  { plugin: admissionRegistration },
  { plugin: defaultPriorityClass, name: 'Priority', of: ['priorityclasses.scheduling.k8s.io'] },
  { plugin: podSecurity, name: 'PodSecurity' },
  { plugin: limitRanger, name: 'LimitRanger', of: [...pods, ...claims] },
  { plugin: userValidations },
  { plugin: resourceQuota, name: 'ResourceQuota' },
];

/** Runs the plugins of one phase in order. Rejects with the first refusal. */
export async function admit(request: AdmissionRequest, phase: 'mutate' | 'validate'): Promise<void> {
  const { clock, admissions } = request.operation;
  const startMs = clock.monotonic();
  const type = phase === 'mutate' ? 'admit' : 'validate';
  let isRejected = true;
  try {
    if (phase === 'mutate') {
      await mutate(request, mutating);
      await run(request, { steps: allocating, type });
    } else {
      await run(request, { steps: validating, type });
    }
    isRejected = false;
  } finally {
    const seconds = (clock.monotonic() - startMs) / 1000;
    admissions.phase(type, { operation: request.verb, seconds, isRejected });
  }
}

interface Phase {
  steps: readonly Step[];
  type: 'admit' | 'validate';
}

async function run(request: AdmissionRequest, { steps, type }: Phase): Promise<void> {
  const { clock, admissions, entry } = request.operation;
  let startMs = clock.monotonic();
  for (const { plugin, name, of } of steps) {
    if (of && !of.includes(entry.groupResource)) continue;
    let isRejected = true;
    try {
      const pending = plugin(request);
      // Most plugins have nothing to say about most requests: waiting for each would cost more than asking it.
      if (pending) await pending;
      isRejected = false;
    } finally {
      // One begins when the other ends: a look at the clock costs as much as most of them.
      const endMs = clock.monotonic();
      if (name !== undefined)
        admissions.plugin(name, type, { operation: request.verb, seconds: (endMs - startMs) / 1000, isRejected });
      startMs = endMs;
    }
  }
}

/** Runs all again if a webhook or policy changed the object. */
async function mutate(request: AdmissionRequest, steps: readonly Step[]): Promise<void> {
  const rounds = new Rounds();
  request.rounds = rounds;
  await run(request, { steps, type: 'admit' });
  if (!rounds.isSecondWanted) return;
  rounds.isSecond = true;
  await run(request, { steps, type: 'admit' });
}

/**
 * What users of the cluster have to say about the body of a subresource, the options of a stream, or a question that is
 * answered and not stored. The body may be changed on the way. Rejects with the first refusal.
 */
export async function admitPart(request: AdmissionRequest): Promise<void> {
  await mutatePart(request);
  await userValidations(request);
}

/** What users of the cluster make of it. */
export function mutatePart(request: AdmissionRequest): Promise<void> {
  return mutate(request, [{ plugin: topologyLabels, of: pods }, { plugin: userMutations }]);
}
