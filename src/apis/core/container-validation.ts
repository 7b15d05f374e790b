// Which containers of a pod are refused? The essentials of upstream's pkg/apis/core/validation validateContainerCommon.

import { duplicate, fieldNotFound, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import { compareQuantities, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { oneOf } from '../field-rules.ts';
import { validateContainerParts } from './container-parts.ts';
import type { Container, ContainerPort, Probe, VolumeMount } from './generated/v1.ts';
import { validateAmount } from './resource-list.ts';

/** Causes against containers or init containers; `volumes` are the names of the pod's volumes. */
export function validateContainers(containers: Container[], volumes: Set<string>, path: string): StatusCause[] {
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

/** Causes against one container, but for its name and mounts. */
export function validateContainer(container: Container, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!container.image) causes.push(required(`${at}.image`));
  else if (container.image !== container.image.trim()) {
    causes.push(invalidValue(`${at}.image`, container.image, 'must not have leading or trailing whitespace'));
  }
  causes.push(...oneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']));
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
    return [...causes, ...oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])];
  });
}

function portRange(port: number, field: string): StatusCause[] {
  return port >= 1 && port <= 65535 ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
}

/** Causes against the mounts of one container. */
export function validateMounts(mounts: VolumeMount[], volumes: Set<string>, path: string): StatusCause[] {
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
