// How is a container of a pod started? Environment, mounts and subPaths are put together, then the runtime is asked.

import { join } from 'node:path';
import type { Container, Pod } from '../../apis/core/generated/v1.ts';
import type { Client } from '../../client/types.ts';
import {
  type ContainerMount,
  type ContainerRecord,
  type HeldVolume,
  type Runtime,
  StartError,
} from '../runtime/types.ts';
import { subPathMount } from '../volumes/paths.ts';
import { PayloadError } from '../volumes/payload.ts';
import type { MountedVolume } from '../volumes/pod-volume-state.ts';
import { bindSubPath, type SubPathOptions } from '../volumes/subpath.ts';
import { containerSpec, subPathOf } from './container-spec.ts';
import { ContainerConfigError, containerEnv } from './env.ts';
import { containerReferences, readReferences } from './references.ts';

export interface StartDeps {
  runtime: Runtime;
  client: Client;
  nodeDir: string;
  address: string;
  allocatable: { cpu: string; memory: string };
  canMount: boolean;
  /** Where pods reach the API server; they are not told if absent. */
  apiServer?: { host: string; port: number };
}

export interface StartInputs {
  pod: Pod;
  container: Container;
  attempt: number;
  /** Every volume of the pod by its name in the spec. */
  volumes: ReadonlyMap<string, MountedVolume>;
  held: HeldVolume[];
}

/** `logs/<namespace>_<pod>_<uid>/<container>/<attempt>.log`, as below /var/log/pods. */
export function containerLogPath(nodeDir: string, pod: Pod, at: { container: string; attempt: number }): string {
  return join(podLogFolder(nodeDir, pod), at.container, `${at.attempt}.log`);
}

export function podLogFolder(nodeDir: string, pod: Pod): string {
  return join(nodeDir, 'logs', `${pod.metadata.namespace}_${pod.metadata.name}_${pod.metadata.uid}`);
}

/** Rejects with StartError, whose reason is the container's waiting reason, or with what the API client rejects with. */
export async function startContainer(
  inputs: StartInputs,
  deps: StartDeps,
  signal: AbortSignal,
): Promise<ContainerRecord> {
  const { pod, container } = inputs;
  const objects = await readReferences(pod, containerReferences(container), { client: deps.client, signal });
  let spec: Parameters<Runtime['start']>[0];
  try {
    const own = containerEnv(pod, container, { ...objects, address: deps.address, allocatable: deps.allocatable });
    const env = { ...apiServerEnv(deps.apiServer), ...own };
    spec = containerSpec(pod, container, {
      attempt: inputs.attempt,
      env,
      mounts: await containerMounts(inputs, { ...deps, env }, signal),
      volumes: inputs.held,
      logPath: containerLogPath(deps.nodeDir, pod, { container: container.name, attempt: inputs.attempt }),
    });
  } catch (error) {
    if (error instanceof ContainerConfigError || error instanceof PayloadError) {
      throw new StartError('CreateContainerConfigError', error.message, { cause: error });
    }
    throw error;
  }
  return deps.runtime.start(spec, signal);
}

/** By which in-cluster clients find the API server. The container's own variables win. */
function apiServerEnv(apiServer: StartDeps['apiServer']): Record<string, string> {
  if (!apiServer) return {};
  const { host, port } = apiServer;
  return {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  };
}

async function containerMounts(
  { pod, container, volumes }: StartInputs,
  { nodeDir, canMount, env }: StartDeps & { env: Record<string, string> },
  signal: AbortSignal,
): Promise<ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = volumes.get(mount.name);
    if (!volume)
      throw new ContainerConfigError(
        `volume "${mount.name}" of container "${container.name}" is not in the pod's spec`,
      );
    if (volume.isBlock)
      throw new ContainerConfigError(`volume "${mount.name}" has volumeMode Block, but is specified in volumeMounts`);
    const subPath = subPathOf(mount, env);
    const bindAt = subPathMount(nodeDir, pod.metadata.uid, { volume: mount.name, container: container.name, index });
    const hostPath =
      subPath === undefined
        ? volume.hostPath
        : await bound(
            { mount: mount.name, container: container.name },
            { volumePath: volume.hostPath, subPath, bindAt, canMount, signal },
          );
    mounts.push({
      hostPath,
      containerPath: mount.mountPath,
      readOnly: (mount.readOnly ?? false) || isReadOnlyVolume(pod, mount.name),
    });
  }
  for (const { name, devicePath } of container.volumeDevices ?? []) {
    const volume = volumes.get(name);
    if (!volume?.isBlock)
      throw new ContainerConfigError(`volume "${name}" has volumeMode Filesystem, but is specified in volumeDevices`);
    mounts.push({ hostPath: volume.hostPath, containerPath: devicePath, readOnly: false, device: true });
  }
  return mounts;
}

/** As the kubelet, it says no more to users of the API: what is wrong inside the volume stands in `cause`. */
async function bound(names: { mount: string; container: string }, options: SubPathOptions): Promise<string> {
  try {
    return await bindSubPath(options);
  } catch (cause) {
    options.signal.throwIfAborted();
    const message = `failed to prepare subPath for volumeMount "${names.mount}" of container "${names.container}"`;
    throw new ContainerConfigError(message, { cause });
  }
}

// The kubelet mounts these read-only whatever the container says.
function isReadOnlyVolume(pod: Pod, name: string): boolean {
  const volume = pod.spec?.volumes?.find((one) => one.name === name);
  if (!volume) return false;
  return (
    Boolean(volume.secret ?? volume.configMap ?? volume.downwardAPI ?? volume.projected) ||
    volume.persistentVolumeClaim?.readOnly === true
  );
}
