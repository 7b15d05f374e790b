// Which container does the runtime get for a container of the pod's spec? Pure.

import { posix } from 'node:path';
import { quantityToMillis, quantityToNumber } from '../../apimachinery/quantity.ts';
import type { Container, EphemeralContainer, Pod } from '../../apis/core/generated/v1.ts';
import type { ContainerLimits, ContainerMount, ContainerSpec, HeldVolume } from '../runtime/types.ts';
import { ContainerConfigError, expandVariables } from './env.ts';

export interface SpecInputs {
  attempt: number;
  env: Record<string, string>;
  /** Mounts with their host paths, subPaths resolved. */
  mounts: ContainerMount[];
  volumes: HeldVolume[];
  logPath: string;
}

/** Throws ContainerConfigError for what the node cannot honour. */
export function containerSpec(
  pod: Pod,
  container: Container & Pick<EphemeralContainer, 'targetContainerName'>,
  inputs: SpecInputs,
): ContainerSpec {
  const { env } = inputs;
  const security = container.securityContext ?? {};
  const podSecurity = pod.spec?.securityContext ?? {};
  const uid = security.runAsUser ?? podSecurity.runAsUser ?? 0;
  if ((security.runAsNonRoot ?? podSecurity.runAsNonRoot) && uid === 0) {
    throw new ContainerConfigError('container has runAsNonRoot and image will run as root');
  }
  const gid = security.runAsGroup ?? podSecurity.runAsGroup ?? (uid === 0 ? 0 : uid);
  const groups = [
    ...(podSecurity.supplementalGroups ?? []),
    ...(podSecurity.fsGroup === undefined ? [] : [podSecurity.fsGroup]),
  ];
  return {
    podUID: pod.metadata.uid,
    podNamespace: pod.metadata.namespace ?? '',
    podName: pod.metadata.name,
    name: container.name,
    ...(container.targetContainerName && { targetContainer: container.targetContainerName }),
    attempt: inputs.attempt,
    image: container.image ?? '',
    // The image has no ENTRYPOINT: without a command there is nothing that the args could belong to.
    argv: container.command?.length
      ? [...container.command, ...(container.args ?? [])].map((word) => expandVariables(word, env))
      : [],
    env,
    workingDir: container.workingDir || '/',
    hostname: podHostname(pod),
    user: { uid, gid, supplementalGroups: [...new Set(groups)] },
    privileged: security.privileged ?? false,
    addCapabilities: security.capabilities?.add ?? [],
    dropCapabilities: security.capabilities?.drop ?? [],
    readOnlyRoot: security.readOnlyRootFilesystem ?? false,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    mounts: inputs.mounts,
    limits: containerLimits(container),
    logPath: inputs.logPath,
    speaksByLog: container.terminationMessagePolicy === 'FallbackToLogsOnError',
    labels: {},
    volumes: inputs.volumes,
  };
}

/** Host name within the pod: spec.hostname, else the pod's name, cut to what Linux allows. */
export function podHostname(pod: Pod): string {
  return (pod.spec?.hostname ?? pod.metadata.name).slice(0, 63).replace(/[-.]+$/, '');
}

/** What the runtime is to hold the container to. */
export function containerLimits({ resources }: Container): ContainerLimits {
  const limit = (name: string): string | undefined => resources?.limits?.[name];
  const memory = limit('memory');
  const cpu = limit('cpu');
  const cpuRequest = resources?.requests?.['cpu'] ?? cpu;
  return {
    ...(memory !== undefined && { memoryBytes: quantityToNumber(memory) }),
    ...(cpu !== undefined && { cpuMillis: quantityToMillis(cpu) }),
    ...(cpuRequest !== undefined && { cpuRequestMillis: quantityToMillis(cpuRequest) }),
  };
}

/** subPath or expanded subPathExpr of a mount; undefined if it has none. Throws ContainerConfigError. */
export function subPathOf(
  mount: { subPath?: string; subPathExpr?: string },
  env: Record<string, string>,
): string | undefined {
  const text = mount.subPathExpr ? expandVariables(mount.subPathExpr, env) : mount.subPath;
  if (!text) return undefined;
  if (posix.isAbsolute(text) || text.split('/').includes('..')) {
    throw new ContainerConfigError(`subPath "${text}" must be a relative path and may not contain '..'`);
  }
  return text;
}
