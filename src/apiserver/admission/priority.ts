// Which priority does a pod have? Source: plugin/pkg/admission/priority.

import type { Pod } from '../../apis/core/generated/v1.ts';
import type { PriorityClass } from '../../apis/scheduling/generated/v1.ts';
import { systemPriority } from '../../apis/scheduling/system-classes.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { AdmissionRequest } from './chain.ts';
import { calledName, forbiddenBy } from './forbidden.ts';

/** Fills in a new pod's priority and preemption policy from its class, or from the default class. */
export async function podPriority({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  if (operation.entry.groupResource !== 'pods' || operation.info.subresource !== '') return;
  const pod = object as Pod;
  if (verb === 'UPDATE') keepPriority(pod, old as Pod);
  if (verb !== 'CREATE' || !pod.spec) return;
  const name = pod.spec.priorityClassName ?? '';
  // They need no object.
  const system = systemPriority(name);
  const found = system === undefined ? await classOf(operation, name) : { value: system };
  if (name !== '' && !found) {
    throw forbiddenBy(operation, calledName(pod), { why: `no PriorityClass with name ${name} was found` });
  }
  const { priorityClassName, value = 0, preemptionPolicy } = { priorityClassName: undefined, ...found };
  if (pod.spec.priority !== undefined && pod.spec.priority !== value) {
    const why = `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw forbiddenBy(operation, calledName(pod), { why });
  }
  if (name === '' && priorityClassName) pod.spec.priorityClassName = priorityClassName;
  pod.spec.priority = value;
  const policy = preemptionPolicy ?? 'PreemptLowerPriority';
  const own = pod.spec.preemptionPolicy;
  if (own !== undefined && own !== policy) {
    const why = `the string value of PreemptionPolicy (${own}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw forbiddenBy(operation, calledName(pod), { why });
  }
  pod.spec.preemptionPolicy = policy;
}

/** Clients that do not know these fields leave them out. */
function keepPriority({ spec }: Pod, { spec: before }: Pod): void {
  if (!spec || !before) return;
  if (before.priority !== undefined) spec.priority ??= before.priority;
  if (before.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy;
}

/** The class by name, or the default one for an empty name: the lowest of several. */
async function classOf(
  operation: AdmissionRequest['operation'],
  name: string,
): Promise<{ priorityClassName?: string; value?: number; preemptionPolicy?: string } | undefined> {
  await operation.cache.caughtUp(operation.signal);
  const classes = cachedObjects<PriorityClass>(operation, { group: 'scheduling.k8s.io', plural: 'priorityclasses' });
  const chosen =
    name === ''
      ? classes.filter(({ globalDefault }) => globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
      : classes.find(({ metadata }) => metadata.name === name);
  return chosen && { ...chosen, priorityClassName: chosen.metadata.name };
}

/** There is one default class at most. */
export async function defaultPriorityClass({ verb, operation, object }: AdmissionRequest): Promise<void> {
  if (verb === 'DELETE' || operation.entry.groupResource !== 'priorityclasses.scheduling.k8s.io') return;
  const { globalDefault, metadata } = object as PriorityClass;
  if (!globalDefault) return;
  const other = await classOf(operation, '');
  if (!other || other.priorityClassName === metadata.name) return;
  const why = `PriorityClass ${other.priorityClassName} is already marked as default. Only one default can exist`;
  throw forbiddenBy(operation, metadata.name, { why });
}
