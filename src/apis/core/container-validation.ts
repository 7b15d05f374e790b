// Which containers of a pod are refused? Source: pkg/apis/core/validation validateContainers, validateInitContainers and
// validateContainerCommon.

import { duplicate, forbidden, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, portName } from '../../apimachinery/validation.ts';
import { named, oneOf, portNumber } from '../field-rules.ts';
import { validateEnv, validateEnvFrom } from './container-env.ts';
import { type Volumes, validateMountsAndDevices } from './container-mounts.ts';
import { validateProbes } from './container-probes.ts';
import { validateContainerResources, validateResizePolicy } from './container-resources.ts';
import { validateContainerRestart } from './container-restart.ts';
import { validateSecurityContext } from './container-security.ts';
import type { Container, ContainerPort, PodSpec } from './generated/v1.ts';

/** What containers are looked at with. */
export interface ContainersContext {
  spec: PodSpec;
  volumes: Volumes;
  /** Names of the pod's resource claims. */
  claims: ReadonlySet<string>;
}

/** Causes against the containers that make the pod what it is. */
export function validateContainers(context: ContainersContext, path: string): StatusCause[] {
  const containers = (context.spec.containers as Container[] | undefined) ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const causes = containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const found = validateContainer(container, at, context);
    if (names.has(container.name)) found.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    found.push(...validateProbes(container, { at, graceSeconds: context.spec.terminationGracePeriodSeconds }));
    found.push(...validateContainerRestart(container, { at }));
    return found;
  });
  return [...causes, ...hostPortCauses(containers, path)];
}

/** Causes against the containers that run before them, or beside them from the start. */
export function validateInitContainers(context: ContainersContext, path: string): StatusCause[] {
  const { spec } = context;
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  return (spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const causes = validateContainer(container, at, context);
    causes.push(...validateContainerRestart(container, { at, isInit: true }));
    if (names.has(container.name)) causes.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    // They run one after the other: only their own ports can be in each other's way.
    causes.push(...hostPortCauses([container], path));
    if (container.restartPolicy === 'Always')
      return [...causes, ...validateProbes(container, { at, graceSeconds: spec.terminationGracePeriodSeconds })];
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      if (container[field])
        causes.push(forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
    return causes;
  });
}

/** Causes against what containers of all kinds have. */
export function validateContainer(
  container: Container,
  at: string,
  { spec, volumes, claims }: ContainersContext,
): StatusCause[] {
  const { name, image, terminationMessagePolicy: policy, imagePullPolicy, securityContext } = container;
  const causes = name ? named(`${at}.name`, name, dns1123Label) : [required(`${at}.name`)];
  if (!image) causes.push(required(`${at}.image`));
  if (!policy) causes.push(required(`${at}.terminationMessagePolicy`));
  else if (policy !== 'File' && policy !== 'FallbackToLogsOnError')
    causes.push(notSupported(`${at}.terminationMessagePolicy`, policy, ['File', 'FallbackToLogsOnError']));
  causes.push(...portCauses(container.ports ?? [], `${at}.ports`));
  causes.push(...validateEnv(container.env ?? [], `${at}.env`));
  causes.push(...validateEnvFrom(container.envFrom ?? [], `${at}.envFrom`));
  causes.push(...validateMountsAndDevices(container, volumes, at));
  if (!imagePullPolicy) causes.push(required(`${at}.imagePullPolicy`));
  causes.push(...oneOf(`${at}.imagePullPolicy`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never']));
  causes.push(...validateContainerResources(container.resources ?? {}, { at: `${at}.resources`, claims }));
  const { restartPolicy } = spec;
  causes.push(...validateResizePolicy(container.resizePolicy ?? [], { path: `${at}.resizePolicy`, restartPolicy }));
  if (!securityContext) return causes;
  const hostUsers = spec.hostUsers !== false;
  return [...causes, ...validateSecurityContext(securityContext, { at: `${at}.securityContext`, hostUsers })];
}

function portCauses(ports: ContainerPort[], path: string): StatusCause[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, index) => {
    const at = `${path}[${index}]`;
    const causes = name ? named(`${at}.name`, name, portName) : [];
    if (name && causes.length === 0 && names.has(name)) causes.push(duplicate(`${at}.name`, name));
    else if (name && causes.length === 0) names.add(name);
    causes.push(
      ...(containerPort ? portNumber(`${at}.containerPort`, containerPort) : [required(`${at}.containerPort`)]),
    );
    if (hostPort) causes.push(...portNumber(`${at}.hostPort`, hostPort));
    if (!protocol) causes.push(required(`${at}.protocol`));
    return [...causes, ...oneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])];
  });
}

/** Two can't have one port of the host. */
function hostPortCauses(containers: Container[], path: string): StatusCause[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ protocol = '', hostIP = '', hostPort }, index) => {
      if (!hostPort) return [];
      const text = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(text)) return [duplicate(`${path}[${container}].ports[${index}].hostPort`, text)];
      taken.add(text);
      return [];
    }),
  );
}
