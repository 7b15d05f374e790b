// Which pods are refused? The essentials of upstream's pkg/apis/core/validation ValidatePodSpec and ValidatePodUpdate.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import {
  duplicate,
  fieldNotFound,
  forbidden,
  invalidValue,
  notSupported,
  required,
} from '../../apimachinery/field-error.ts';
import { compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, validateLabels } from '../../apimachinery/validation.ts';
import { validateContainerParts, validateIds } from './container-parts.ts';
import type { Container, ContainerPort, Pod, PodSpec, Probe, Toleration, VolumeMount } from './generated/v1.ts';
import { validateAmount } from './resource-list.ts';
import { validateVolumes } from './volume-validation.ts';

const mutableFieldsMessage =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Causes against a new pod. */
export function validatePod(pod: Pod): StatusCause[] {
  return pod.spec ? validatePodSpec(pod.spec, 'spec') : [required('spec')];
}

/** Causes against a pod spec, wherever it stands. */
export function validatePodSpec(spec: PodSpec, path: string): StatusCause[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const causes = validateVolumes(spec.volumes ?? [], `${path}.volumes`);
  if (!spec.containers?.length) causes.push(required(`${path}.containers`));
  causes.push(...validateContainers(spec.containers ?? [], volumes, `${path}.containers`));
  const names = new Set((spec.containers ?? []).map((container) => container.name));
  for (const [index, { name }] of (spec.initContainers ?? []).entries()) {
    if (names.has(name)) causes.push(duplicate(`${path}.initContainers[${index}].name`, name));
  }
  causes.push(...validateContainers(spec.initContainers ?? [], volumes, `${path}.initContainers`));
  causes.push(...oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`));
  causes.push(
    ...oneOf(spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], `${path}.dnsPolicy`),
  );
  if (spec.securityContext) causes.push(...validateIds(spec.securityContext, `${path}.securityContext`));
  for (const [field, name, rule] of [
    ['serviceAccountName', spec.serviceAccountName, dns1123Subdomain],
    ['nodeName', spec.nodeName, dns1123Subdomain],
    ['hostname', spec.hostname, dns1123Label],
    ['subdomain', spec.subdomain, dns1123Label],
    ['priorityClassName', spec.priorityClassName, dns1123Subdomain],
    ['runtimeClassName', spec.runtimeClassName, dns1123Subdomain],
  ] as const) {
    if (name) causes.push(...rule(name).map((message) => invalidValue(`${path}.${field}`, name, message)));
  }
  causes.push(...validateLabels(spec.nodeSelector ?? {}, `${path}.nodeSelector`));
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0) {
    causes.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    causes.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  for (const [index, toleration] of (spec.tolerations ?? []).entries()) {
    causes.push(...validateToleration(toleration, `${path}.tolerations[${index}]`));
  }
  return causes;
}

function validateContainers(containers: Container[], volumes: Set<string>, path: string): StatusCause[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const causes: StatusCause[] = [];
    if (!container.name) causes.push(required(`${at}.name`));
    else
      causes.push(
        ...dns1123Label(container.name).map((message) => invalidValue(`${at}.name`, container.name, message)),
      );
    if (container.name && seen.has(container.name)) causes.push(duplicate(`${at}.name`, container.name));
    seen.add(container.name);
    causes.push(...validateContainer(container, at));
    causes.push(...validateMounts(container.volumeMounts ?? [], volumes, `${at}.volumeMounts`));
    for (const [device, { name }] of (container.volumeDevices ?? []).entries()) {
      if (!volumes.has(name)) causes.push(fieldNotFound(`${at}.volumeDevices[${device}].name`, name));
    }
    return causes;
  });
}

function validateContainer(container: Container, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!container.image) causes.push(required(`${at}.image`));
  else if (container.image !== container.image.trim()) {
    causes.push(invalidValue(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
  }
  causes.push(...oneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${at}.imagePullPolicy`));
  causes.push(...validatePorts(container.ports ?? [], `${at}.ports`));
  causes.push(...validateContainerParts(container, at));
  causes.push(...validateProbe(container.livenessProbe, `${at}.livenessProbe`));
  causes.push(...validateProbe(container.readinessProbe, `${at}.readinessProbe`));
  causes.push(...validateProbe(container.startupProbe, `${at}.startupProbe`));
  for (const [name, probe] of [
    ['livenessProbe', container.livenessProbe],
    ['startupProbe', container.startupProbe],
  ] as const) {
    const threshold = probe?.successThreshold ?? 1;
    if (threshold !== 1) causes.push(invalidValue(`${at}.${name}.successThreshold`, threshold, 'must be 1'));
  }
  causes.push(...validateResources(container, `${at}.resources`));
  return causes;
}

function validateResources({ resources }: Container, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const list of ['limits', 'requests'] as const) {
    for (const [name, amount] of Object.entries(resources?.[list] ?? {})) {
      causes.push(...validateAmount(amount, `${at}.${list}[${name}]`));
    }
  }
  for (const [name, request] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name];
    if (!limit || !isQuantity(limit) || !isQuantity(request)) continue;
    if (compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0) {
      causes.push(invalidValue(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  return causes;
}

function validatePorts(ports: ContainerPort[], path: string): StatusCause[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const causes: StatusCause[] = [];
    if (port.name && names.has(port.name)) causes.push(duplicate(`${at}.name`, port.name));
    if (port.name) names.add(port.name);
    if (!port.containerPort) causes.push(required(`${at}.containerPort`));
    else causes.push(...portRange(port.containerPort, `${at}.containerPort`));
    if (port.hostPort) causes.push(...portRange(port.hostPort, `${at}.hostPort`));
    return [...causes, ...oneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`)];
  });
}

function portRange(port: number, field: string): StatusCause[] {
  return port >= 1 && port <= 65535 ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
}

function validateMounts(mounts: VolumeMount[], volumes: Set<string>, path: string): StatusCause[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const at = `${path}[${index}]`;
    const causes: StatusCause[] = [];
    if (!mount.name) causes.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) causes.push(fieldNotFound(`${at}.name`, mount.name));
    if (!mount.mountPath) causes.push(required(`${at}.mountPath`));
    else if (paths.has(mount.mountPath))
      causes.push(invalidValue(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    for (const field of ['subPath', 'subPathExpr'] as const) {
      const value = mount[field];
      if (value?.startsWith('/')) causes.push(invalidValue(`${at}.${field}`, value, 'must be a relative path'));
      if (value?.split('/').includes('..')) causes.push(invalidValue(`${at}.${field}`, value, "must not contain '..'"));
    }
    return causes;
  });
}

function validateProbe(probe: Probe | undefined, at: string): StatusCause[] {
  if (!probe) return [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((name) => probe[name]);
  const causes: StatusCause[] = [];
  if (handlers.length === 0) causes.push(required(at, 'must specify a handler type'));
  for (const extra of handlers.slice(1))
    causes.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 handler type'));
  if (probe.exec && !probe.exec.command?.length) causes.push(required(`${at}.exec.command`));
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    const value = probe[field];
    if (value !== undefined && value < 0)
      causes.push(invalidValue(`${at}.${field}`, value, 'must be greater than or equal to 0'));
  }
  return causes;
}

function validateToleration(toleration: Toleration, at: string): StatusCause[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const causes: StatusCause[] = [];
  if (!key && operator !== 'Exists') {
    causes.push(
      invalidValue(
        `${at}.operator`,
        operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    causes.push(
      invalidValue(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  if (operator === 'Exists' && value) {
    causes.push(invalidValue(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
  }
  return [...causes, ...oneOf(effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], `${at}.effect`)];
}

function oneOf(value: string | undefined, supported: string[], field: string): StatusCause[] {
  return !value || supported.includes(value) ? [] : [notSupported(field, value, [...supported].sort())];
}

/**
 * Causes against an update of a pod's main resource. The binding subresource, which sets spec.nodeName,
 * isn't such an update.
 */
export function validatePodUpdate(pod: Pod, old: Pod): StatusCause[] {
  if (!pod.spec || !old.spec) return [required('spec')];
  const causes = validatePodSpec(pod.spec, 'spec');
  const kept = (old.spec.tolerations ?? []).every((toleration) =>
    (pod.spec?.tolerations ?? []).some((other) => sameButSeconds(other, toleration)),
  );
  if (!kept) {
    causes.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  if (!semanticallyEqual(immutablePart(pod.spec, old.spec), immutablePart(old.spec, old.spec))) {
    causes.push(forbidden('spec', mutableFieldsMessage));
  }
  return causes;
}

function sameButSeconds(a: Toleration, b: Toleration): boolean {
  return semanticallyEqual({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
}

function immutablePart(spec: PodSpec, old: PodSpec): unknown {
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const withoutImage = (containers: Container[] | undefined) => containers?.map((each) => ({ ...each, image: '' }));
  return {
    ...spec,
    containers: withoutImage(spec.containers),
    initContainers: withoutImage(spec.initContainers),
    ephemeralContainers: undefined,
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    terminationGracePeriodSeconds: wasNegative ? old.terminationGracePeriodSeconds : spec.terminationGracePeriodSeconds,
  };
}
