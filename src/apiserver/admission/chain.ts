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

type Verb = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionRequest {
  verb: Verb;
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

/** A plugin in its place. Asked about all operations on all resources, unless it names those that it knows. */
interface Step {
  plugin: AdmissionPlugin;
  /** What upstream calls its counterpart, which knows the same operations; absent where upstream does that elsewhere. */
  name?: string;
  on?: readonly Verb[];
  of?: readonly string[];
}

type Steps = Record<Verb, readonly Step[]>;

/** Those that each operation is to be put before. */
function byVerb(steps: readonly Step[]): Steps {
  const of = (verb: Verb): Step[] => steps.filter(({ on }) => on?.includes(verb) ?? true);
  return { CREATE: of('CREATE'), UPDATE: of('UPDATE'), DELETE: of('DELETE'), CONNECT: of('CONNECT') };
}

const creates = ['CREATE'] as const;
const updates = ['UPDATE'] as const;
const writes = ['CREATE', 'UPDATE'] as const;
const pods = ['pods'];
const claims = ['persistentvolumeclaims'];
const mutating = byVerb([
  { plugin: namespaceLifecycle, name: 'NamespaceLifecycle' },
  { plugin: nodeRestriction, name: 'NodeRestriction' },
  { plugin: newNodeTaint, name: 'TaintNodesByCondition', on: creates, of: ['nodes'] },
  { plugin: outOfService, of: ['nodes'] },
  { plugin: serviceAccountAdmission, name: 'ServiceAccount', on: writes, of: pods },
  { plugin: certificateRequests, of: ['certificatesigningrequests.certificates.k8s.io'] },
  { plugin: limitDefaults, name: 'LimitRanger', on: writes, of: pods },
  { plugin: podPriority, name: 'Priority', of: pods },
  { plugin: defaultTolerations, name: 'DefaultTolerationSeconds', on: writes, of: pods },
  { plugin: podRuntimeClass, name: 'RuntimeClass', on: creates, of: pods },
  { plugin: defaultStorageClass, name: 'DefaultStorageClass', on: creates, of: claims },
  { plugin: topologyLabels, name: 'PodTopologyLabels', on: creates, of: pods },
  { plugin: userMutations },
]);
/** Once, when nobody changes the object any more. */
const allocating = byVerb([{ plugin: serviceAddress, of: ['services'] }]);
// Quotas come last: what another plugin refuses must not be charged.
const validating = byVerb([
  { plugin: podOverhead, name: 'RuntimeClass', on: creates, of: pods },
  { plugin: claimResize, name: 'PersistentVolumeClaimResize', on: updates, of: claims },
  {
    plugin: rbacEscalation,
    of: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map(
      (plural) => `${plural}.rbac.authorization.k8s.io`,
    ),
  },
  { plugin: customResourceDefinition, of: ['customresourcedefinitions.apiextensions.k8s.io'] },
  { plugin: admissionRegistration },
  { plugin: defaultPriorityClass, name: 'Priority', of: ['priorityclasses.scheduling.k8s.io'] },
  { plugin: podSecurity, name: 'PodSecurity', on: writes },
  { plugin: limitRanger, name: 'LimitRanger', on: writes, of: [...pods, ...claims] },
  { plugin: userValidations },
  { plugin: resourceQuota, name: 'ResourceQuota', on: writes },
]);
/** Of bodies of subresources, and of options of streams. */
const partMutating = byVerb([{ plugin: topologyLabels, on: creates, of: pods }, { plugin: userMutations }]);

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
  steps: Steps;
  type: 'admit' | 'validate';
}

async function run(request: AdmissionRequest, { steps, type }: Phase): Promise<void> {
  const { clock, admissions, entry } = request.operation;
  let startMs = clock.monotonic();
  for (const { plugin, name, of } of steps[request.verb]) {
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
async function mutate(request: AdmissionRequest, steps: Steps): Promise<void> {
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
  return mutate(request, partMutating);
}
