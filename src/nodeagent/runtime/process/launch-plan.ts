// What is launched for a container's spec? Its root is made ready, and the sandbox and the command are put together.

import { nodeMarker } from '../../../base/marked-processes.ts';
import type { ContainerSpec } from '../types.ts';
import { type LaunchOptions, statusFd } from './container.ts';
import type { Detected } from './detect.ts';
import { gated, splitEnvironment } from './gate.ts';
import { containerMarker, rewritePaths } from './plain.ts';
import { type ContainerRoot, prepareRoot } from './rootfs.ts';
import { containerEnvironment, entryCommand, sandboxArguments } from './sandbox.ts';

export interface LaunchPlace {
  id: string;
  /** Scratch folder of this container. */
  folder: string;
  nodeDir: string;
  address: string;
  hiddenPaths: string[];
  detected: Detected;
  signal: AbortSignal;
}

/** What to launch. Rejects if the root cannot be made. */
export async function prepareLaunch(
  spec: ContainerSpec,
  options: LaunchPlace,
): Promise<Pick<LaunchOptions, 'sandboxArgs' | 'command' | 'env' | 'cwd'>> {
  const { address, hiddenPaths, nodeDir, detected, id, folder, signal } = options;
  const { mode, rootFilesystem } = detected.description;
  if (mode === 'plain') {
    const rewritten = rewritePaths(spec);
    const { inherited, inline } = splitEnvironment(containerEnvironment(rewritten));
    return {
      sandboxArgs: undefined,
      command: ['setpriv', '--pdeathsig', 'KILL', '--', ...gated(rewritten.argv, inline)],
      env: { ...inherited, [containerMarker]: id, [nodeMarker]: nodeDir },
      cwd: rewritten.workingDir,
    };
  }
  const prepared = await prepareRoot(spec, {
    folder,
    overlay: rootFilesystem.startsWith('overlay'),
    address,
    signal,
  });
  const resolved = await resolveMounts(spec, prepared);
  const sandboxArgs = sandboxArguments(resolved, {
    root: prepared.root,
    mode,
    tmpPath: prepared.tmpPath,
    runPath: prepared.runPath,
    hiddenPaths,
    statusFd,
    // It has no namespace of its own that would end with it.
    ...(spec.targetContainer !== undefined && { markers: { [containerMarker]: id } }),
  });
  // The marker lets the next supervisor find a sandbox that outlived this one.
  return {
    sandboxArgs,
    command: entryCommand(resolved, mode),
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', [nodeMarker]: nodeDir },
    cwd: '/',
  };
}

async function resolveMounts(spec: ContainerSpec, prepared: ContainerRoot): Promise<ContainerSpec> {
  const mounts = await Promise.all(
    spec.mounts.map(async (mount) => ({ ...mount, containerPath: await prepared.resolve(mount.containerPath) })),
  );
  const home = spec.user.home ?? prepared.home;
  return { ...spec, mounts, user: { ...spec.user, ...(home !== undefined && { home }) } };
}
