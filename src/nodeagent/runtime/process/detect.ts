// How strongly can this machine isolate a container? Tried once, at start.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeMode } from '../../config.ts';
import { mustRun, runProgram } from '../program.ts';
import type { RuntimeDescription } from '../types.ts';
import { type CgroupHost, detectCgroups } from './cgroups.ts';
import { mountOverlay, removeRoot } from './rootfs.ts';

export interface DetectOptions {
  mode: RuntimeMode;
  scratchDir: string;
  cgroupPath: string | undefined;
  signal: AbortSignal;
}

export interface Detected {
  description: RuntimeDescription;
  cgroups: CgroupHost;
}

/** A mode that was asked for is not possible here; the message says what is missing and how to get it. */
export class ModeUnavailableError extends Error {
  override readonly name = 'ModeUnavailableError';
}

/** Chooses the strongest mode that works, or checks the one that was asked for. */
export async function detectRuntime(options: DetectOptions): Promise<Detected> {
  const { mode, scratchDir, signal } = options;
  await mkdir(scratchDir, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  if (mode !== 'plain') {
    if (isRoot && mode !== 'userns' && (await bwrapWorks(['--unshare-ipc', '--cap-add', 'CAP_SETUID'], signal)))
      return privileged(options);
    if (mode === 'privileged') {
      throw new ModeUnavailableError(
        `Cannot isolate containers as root: ${isRoot ? 'bwrap is missing or fails; install the package bubblewrap' : 'not running as root'}`,
      );
    }
    if (await bwrapWorks(['--unshare-user', '--uid', '0', '--gid', '0'], signal)) return userNamespaces();
    if (mode === 'userns') {
      throw new ModeUnavailableError(
        'Cannot isolate containers in user namespaces: bwrap is missing or user namespaces are switched off; install the package bubblewrap',
      );
    }
  }
  return {
    cgroups: { unified: undefined, limits: {} },
    description: {
      name: 'process',
      mode: 'plain',
      rootFilesystem: 'host',
      kill: 'process-group',
      limits: [],
      limitations: [
        'containers are plain processes of this user and see the host',
        'volume paths are rewritten in command, args and env',
        'what a container has started may outlive its supervisor',
        'no resource limits',
      ],
    },
  };
}

async function bwrapWorks(args: string[], signal: AbortSignal): Promise<boolean> {
  const argv = [
    'bwrap',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--unshare-pid',
    ...args,
    '--',
    'true',
  ];
  return (await runProgram(argv, { signal })).exitCode === 0;
}

async function privileged({ scratchDir, cgroupPath, signal }: DetectOptions): Promise<Detected> {
  const cgroups = await detectCgroups(cgroupPath);
  const rootFilesystem = await chooseRootFilesystem(scratchDir, signal);
  const limits = (['memory', 'cpu', 'pids'] as const).filter((kind) => cgroups.limits[kind]);
  const limitations: string[] = [];
  if (rootFilesystem === 'overlay-memory') limitations.push('what containers write outside volumes is kept in memory');
  if (rootFilesystem === 'read-only-host') limitations.push('containers can write only to /tmp, /run and volumes');
  if (limits.length < 3) limitations.push('some resource limits are not enforced');
  if (!cgroups.unified) limitations.push('containers are killed through their PID namespace alone');
  return {
    cgroups,
    description: {
      name: 'process',
      mode: 'privileged',
      rootFilesystem,
      kill: cgroups.unified ? 'cgroup' : 'pid-namespace',
      limits,
      limitations,
    },
  };
}

function userNamespaces(): Detected {
  return {
    cgroups: { unified: undefined, limits: {} },
    description: {
      name: 'process',
      mode: 'userns',
      rootFilesystem: 'read-only-host',
      kill: 'pid-namespace',
      limits: [],
      limitations: [
        'each container has a single user',
        'containers can write only to /tmp, /run and volumes',
        'no resource limits',
        'fsGroup has no effect',
      ],
    },
  };
}

// An overlay over / needs its upper layer on another file system than /.
async function chooseRootFilesystem(
  scratchDir: string,
  signal: AbortSignal,
): Promise<RuntimeDescription['rootFilesystem']> {
  if (await overlayWorks(scratchDir, signal)) return 'overlay';
  try {
    await mustRun(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'amarre-scratch', scratchDir], { signal });
  } catch {
    return 'read-only-host';
  }
  if (await overlayWorks(scratchDir, signal)) return 'overlay-memory';
  await runProgram(['umount', scratchDir], { signal });
  return 'read-only-host';
}

async function overlayWorks(scratchDir: string, signal: AbortSignal): Promise<boolean> {
  const trial = join(scratchDir, `trial-${process.pid}`);
  try {
    await mountOverlay(trial, signal);
    return true;
  } catch {
    return false;
  } finally {
    await removeRoot(trial, signal);
  }
}
