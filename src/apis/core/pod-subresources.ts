// What may a pod's own subresources change? Source: pkg/registry/core/pod/strategy and
// pkg/apis/core/validation ValidatePodEphemeralContainersUpdate, ValidatePodResize.

import { semanticallyEqual, semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { PartRules } from '../definition.ts';
import type { Container, Pod, PodSpec } from './generated/v1.ts';
import { qosClassOf } from './pod-admission.ts';
import { mirrorAnnotation, validatePodAnnotationUpdates } from './pod-annotations.ts';
import { validateWholePod } from './pod-validation.ts';
import type { ResourceList } from './resource-list.ts';

/** `pods/ephemeralcontainers`: more of them, and nothing else. */
export const ephemeralContainersRules: PartRules<Pod> = {
  limit: (next, current) => ({
    ...current,
    spec: taken(specOf(current), specOf(next), ['ephemeralContainers']),
  }),
  validate: validateEphemeralContainersUpdate,
  covers: ['spec.ephemeralContainers'],
};

/** `pods/resize`: CPU and memory of the containers. */
export const resizeRules: PartRules<Pod> = {
  limit: limitToResources,
  validate: validateResize,
  covers: ['containers', 'initContainers'].flatMap((list) =>
    ['resources', 'resizePolicy'].map((field) => `spec.${list}.*.${field}`),
  ),
};

function validateEphemeralContainersUpdate(pod: Pod, old: Pod): StatusCause[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbidden('', 'static pods do not support ephemeral containers')];
  const causes = [...validateWholePod(pod), ...validatePodAnnotationUpdates(pod, old, 'metadata.annotations')];
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const found = now.get(container.name);
    const what = `existing ephemeral containers ${JSON.stringify(container.name)}`;
    if (!found) causes.push(forbidden('spec.ephemeralContainers', `${what} may not be removed\n`));
    else if (!semanticallyEqualStructs(found, container))
      causes.push(forbidden('spec.ephemeralContainers', `${what} may not be changed\n`));
  }
  return causes;
}

/** Containers that were added, removed, renamed or put in another order stay as they are sent: validation refuses them. */
function limitToResources(next: Pod, current: Pod): Pod {
  const [wanted, spec] = [specOf(next), specOf(current)];
  const containers = withResources(wanted.containers, spec.containers);
  const initContainers = withResources(wanted.initContainers, spec.initContainers);
  const limited = taken(spec, wanted, ['resources']);
  return {
    ...current,
    spec: { ...limited, ...(containers && { containers }), ...(initContainers && { initContainers }) },
  };
}

function withResources(wanted: Container[] = [], had: Container[] = []): Container[] | undefined {
  const isSame = wanted.length === had.length && had.every(({ name }, index) => wanted[index]?.name === name);
  if (!isSame) return wanted;
  if (had.length === 0) return undefined;
  return had.map((container, index) => {
    const { name } = container;
    return taken(container, wanted[index] ?? { name }, ['resources', 'resizePolicy']);
  });
}

/** `target` with these fields as `source` has them, or has them not. */
function taken<T extends object>(target: T, source: T, fields: readonly (keyof T)[]): T {
  const result = { ...target };
  for (const field of fields) {
    if (source[field] === undefined) delete result[field];
    else result[field] = source[field];
  }
  return result;
}

function validateResize(pod: Pod, old: Pod): StatusCause[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbidden('', 'static pods cannot be resized')];
  const [spec, before] = [specOf(pod), specOf(old)];
  if (before.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const causes = validateWholePod(pod);
  for (const list of ['containers', 'initContainers'] as const)
    if (spec[list]?.length !== before[list]?.length)
      return [...causes, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];

  const qosClass = old.status?.qosClass ?? qosClassOf(before);
  if (qosClassOf(spec) !== qosClass)
    causes.push(invalidValue('spec', qosClass, 'Pod QOS Class may not change as a result of resizing'));
  if (!isResizable(old)) causes.push(forbidden('spec', 'Pod running on node without support for resize'));
  causes.push(...removedCauses(spec, before, 'containers'), ...removedCauses(spec, before, 'initContainers'));
  causes.push(...changeCauses(spec, before));
  return causes;
}

/** Does the node tell what its containers have? Then it can change it. */
function isResizable({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running);
  return !running || running.resources !== undefined;
}

function removedCauses(spec: PodSpec, before: PodSpec, list: 'containers' | 'initContainers'): StatusCause[] {
  return (before[list] ?? []).flatMap(({ resources = {}, restartPolicy }, index) => {
    if (list === 'initContainers' && restartPolicy !== 'Always') return [];
    const now = spec[list]?.[index]?.resources ?? {};
    const at = `spec.${list}[${index}].resources`;
    return (['requests', 'limits'] as const)
      .filter((kind) => !Object.keys(resources[kind] ?? {}).every((name) => Object.hasOwn(now[kind] ?? {}, name)))
      .map((kind) => forbidden(`${at}.${kind}`, `resource ${kind} cannot be removed`));
  });
}

function changeCauses(spec: PodSpec, before: PodSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  const isSame = (container: Container, had: Container | undefined): boolean =>
    had !== undefined && semanticallyEqual(withoutCpuAndMemory(container, had), had);
  if (!spec.containers.every((container, index) => isSame(container, before.containers[index])))
    causes.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const had = before.initContainers?.[index];
    if (container.restartPolicy === 'Always') {
      if (!isSame(container, had))
        causes.push(forbidden('spec', 'only cpu and memory resources for sidecar containers are mutable'));
    } else if (!semanticallyEqual(container, had))
      causes.push(forbidden('spec', 'resources for non-sidecar init containers are immutable'));
  }
  return causes;
}

/** The container with the CPU and memory that it had. */
function withoutCpuAndMemory(container: Container, had: Container): Container {
  const asBefore = (now: ResourceList = {}, then: ResourceList = {}): ResourceList => {
    const { cpu: _cpu, memory: _memory, ...others } = now;
    const { cpu, memory } = then;
    return { ...others, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
  };
  const { resources = {} } = container;
  return {
    ...container,
    resources: {
      ...resources,
      limits: asBefore(resources.limits, had.resources?.limits),
      requests: asBefore(resources.requests, had.resources?.requests),
    },
  };
}

function specOf({ spec }: Pod): PodSpec {
  return spec ?? { containers: [] };
}
