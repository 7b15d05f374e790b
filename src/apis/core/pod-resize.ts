// What may a resize change of a pod? Source: pkg/registry/core/pod/strategy dropNonResizeUpdates and
// pkg/apis/core/validation ValidatePodResize.

import { semanticallyEqual, semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { PartRules } from '../definition.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from './generated/v1.ts';
import { qosClassOf } from './pod-admission.ts';
import { mirrorAnnotation } from './pod-annotations.ts';
import { validateWholePod } from './pod-validation.ts';
import type { ResourceList } from './resource-list.ts';

const lists = ['containers', 'initContainers'] as const;

/** `pods/resize`: CPU and memory of the containers and of the pod. */
export const resizeRules: PartRules<Pod> = { limit: limitToResources, validate: validateResize };

/** Containers that were added, removed, renamed or put in another order stay as they are sent: validation refuses them. */
function limitToResources(next: Pod, current: Pod): Pod {
  const [wanted, spec] = [specOf(next), specOf(current)];
  if (lists.some((list) => wanted[list]?.length !== spec[list]?.length)) return next;
  const containers = withResources(wanted.containers, spec.containers);
  const initContainers = withResources(wanted.initContainers, spec.initContainers);
  const { resources: _had, ...rest } = spec;
  const { resources } = wanted;
  return {
    ...current,
    spec: {
      ...rest,
      ...(resources && { resources }),
      ...(containers && { containers }),
      ...(initContainers && { initContainers }),
    },
  };
}

function withResources(wanted: Container[] = [], had: Container[] = []): Container[] | undefined {
  if (had.length === 0) return undefined;
  if (had.some(({ name }, index) => wanted[index]?.name !== name)) return wanted;
  return had.map(({ resources: _before, resizePolicy: _policy, ...container }, index) => {
    const { resources, resizePolicy } = wanted[index] ?? {};
    return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
  });
}

function validateResize(pod: Pod, old: Pod): StatusCause[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined)
    return [forbidden('', 'static pods cannot be resized')];
  const [spec, before] = [specOf(pod), specOf(old)];
  if (before.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const causes = validateWholePod(pod);
  const qosClass = old.status?.qosClass ?? qosClassOf(before);
  if (qosClassOf(spec) !== qosClass) {
    const why = 'Pod QOS Class may not change as a result of resizing';
    causes.push(invalidValue('spec', pod.status?.qosClass ?? '', why));
  }
  if (!isResizable(old)) causes.push(forbidden('spec', 'Pod running on node without support for resize'));
  if (isSet(before.resources) || isSet(spec.resources)) causes.push(...wholeCauses(spec, before));
  const order = lists.flatMap((list) => orderCauses(spec, before, list));
  if (order.length > 0) return [...causes, ...order];
  causes.push(...removedCauses(spec, before, 'initContainers'), ...removedCauses(spec, before, 'containers'));
  causes.push(...changeCauses(spec, before));
  if (causes.length > 0 || semanticallyEqual(withoutSizes(spec, before), before)) return causes;
  return [forbidden('spec', 'only cpu and memory resources are mutable')];
}

/** Does the node tell what its containers have? Then it can change it. */
function isResizable({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running);
  return !running || running.resources !== undefined;
}

const isSet = ({ requests = {}, limits = {} }: ResourceRequirements = {}): boolean =>
  Object.keys(requests).length + Object.keys(limits).length > 0;

/** What the pod has as a whole. */
function wholeCauses({ resources }: PodSpec, { resources: had }: PodSpec): StatusCause[] {
  if (had && !resources) return [forbidden('spec.resources', 'pod-level resources cannot be removed')];
  const causes = removedOf(resources, had).map((kind) =>
    forbidden(`spec.resources.${kind}`, `pod-level resource ${kind} cannot be removed`),
  );
  if (semanticallyEqualStructs(sameSize(resources, had), had)) return causes;
  return [...causes, forbidden('spec', 'only cpu and memory resources are mutable at pod-level')];
}

type List = (typeof lists)[number];

function orderCauses(spec: PodSpec, before: PodSpec, list: List): StatusCause[] {
  const [now = [], had = []] = [spec[list], before[list]];
  if (now.length !== had.length) return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)];
  return had.flatMap(({ name }, index) => {
    if (now[index]?.name === name) return [];
    return [forbidden(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)];
  });
}

function removedCauses(spec: PodSpec, before: PodSpec, list: List): StatusCause[] {
  return (before[list] ?? []).flatMap(({ resources }, index) =>
    removedOf(spec[list]?.[index]?.resources, resources).map((kind) =>
      forbidden(`spec.${list}[${index}].resources.${kind}`, `resource ${kind} cannot be removed`),
    ),
  );
}

function removedOf(now: ResourceRequirements = {}, had: ResourceRequirements = {}): ('requests' | 'limits')[] {
  return (['requests', 'limits'] as const).filter(
    (kind) => !Object.keys(had[kind] ?? {}).every((name) => Object.hasOwn(now[kind] ?? {}, name)),
  );
}

function changeCauses(spec: PodSpec, before: PodSpec): StatusCause[] {
  const causes: StatusCause[] = [];
  const isOther = (container: Container, had: Container | undefined): boolean =>
    !had || !semanticallyEqual(ofSameSize(container, had), had);
  for (const [index, container] of spec.containers.entries())
    if (isOther(container, before.containers[index]))
      causes.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const had = before.initContainers?.[index];
    const at = `spec.initContainers[${index}]`;
    if (isOther(container, had))
      causes.push(forbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable'));
    if (container.restartPolicy === 'Always' || semanticallyEqual(container, had)) continue;
    const restarts = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === 'RestartContainer');
    const why = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
    causes.push(...restarts.map(() => forbidden(at, why)));
  }
  return causes;
}

/** The pod with the CPU and memory that it had. */
function withoutSizes(spec: PodSpec, before: PodSpec): PodSpec {
  const resources = sameSize(spec.resources, before.resources);
  const same = (list: List) => spec[list]?.map((each, index) => ofSameSize(each, before[list]?.[index] ?? each));
  const initContainers = same('initContainers');
  return {
    ...spec,
    containers: same('containers') ?? [],
    ...(initContainers && { initContainers }),
    ...(resources && { resources }),
  };
}

/** Claims are not looked at: those that the container had count as changed. */
function ofSameSize(container: Container, had: Container): Container {
  const { claims: _claims, ...resources } = sameSize(container.resources, had.resources) ?? {};
  return { ...container, resources };
}

function sameSize(
  now: ResourceRequirements | undefined,
  had: ResourceRequirements | undefined,
): ResourceRequirements | undefined {
  if (!now) return undefined;
  const sized = { ...now, limits: asBefore(now.limits, had?.limits), requests: asBefore(now.requests, had?.requests) };
  return had || isSet(sized) || sized.claims?.length ? sized : undefined;
}

function asBefore(now: ResourceList = {}, then: ResourceList = {}): ResourceList {
  const { cpu: _cpu, memory: _memory, ...others } = now;
  const { cpu, memory } = then;
  return { ...others, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
}

function specOf({ spec }: Pod): PodSpec {
  return spec ?? { containers: [] };
}
