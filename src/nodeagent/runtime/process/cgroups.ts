// How is a container's process tree limited, killed and seen to be empty? With cgroups, as far as the host allows.

import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { pollUntil } from '../../../base/poll.ts';
import type { ContainerLimits } from '../types.ts';
import { childrenOf } from './process-tree.ts';

export type LimitKind = 'memory' | 'cpu' | 'pids';

/** What this host offers to one node. */
export interface CgroupHost {
  /** cgroup v2 folder under which each container gets its own; undefined: no kill through cgroups. */
  unified: string | undefined;
  /** Controllers usable for limits, and where: in the v2 folder itself or in a v1 hierarchy. */
  limits: Partial<Record<LimitKind, { version: 1; folder: string } | { version: 2 }>>;
}

/** Looks at what is mounted, and makes the folder for this node's containers. Never rejects. */
export async function detectCgroups(cgroupPath: string | undefined): Promise<CgroupHost> {
  const unified = cgroupPath === undefined ? undefined : join(cgroupPath, 'containers');
  const host: CgroupHost = { unified: (await isKillable(unified)) ? unified : undefined, limits: {} };
  const own = parseOwnCgroups(await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
  const v2 = host.unified && cgroupPath ? await enableControllers(cgroupPath, host.unified) : [];
  for (const kind of ['memory', 'cpu', 'pids'] as const) {
    if (v2.includes(kind)) {
      host.limits[kind] = { version: 2 };
    } else {
      const folder = await v1Folder(kind, own[kind]);
      if (folder) host.limits[kind] = { version: 1, folder };
    }
  }
  return host;
}

/** `9:memory:/a` lines of /proc/self/cgroup as controller → path. Pure. */
export function parseOwnCgroups(text: string): Record<string, string> {
  const own: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    for (const controller of (controllers ?? '').split(',')) own[controller] = path;
  }
  return own;
}

/** One container's groups. Folders are made by `createContainerCgroup`. */
export interface ContainerCgroup {
  /** `cgroup.procs` and `tasks` files that the container's first process writes itself into. */
  procsFiles: string[];
  unified: string | undefined;
  v1Folders: string[];
  memoryFolder: string | undefined;
}

/** Makes the groups and sets the limits. A limit that the kernel refuses is left out. */
export async function createContainerCgroup(
  host: CgroupHost,
  id: string,
  limits: ContainerLimits,
): Promise<ContainerCgroup> {
  const group: ContainerCgroup = { procsFiles: [], unified: undefined, v1Folders: [], memoryFolder: undefined };
  if (host.unified) {
    group.unified = join(host.unified, id);
    await mkdir(group.unified, { recursive: true });
    group.procsFiles.push(join(group.unified, 'cgroup.procs'));
  }
  for (const kind of ['memory', 'cpu', 'pids'] as const) {
    const settings = limitSettings(kind, limits);
    const place = host.limits[kind];
    if (!place || settings.length === 0) continue;
    const folder = place.version === 2 ? group.unified : join(place.folder, `amarre-${id}`);
    if (!folder) continue;
    if (place.version === 1) {
      await mkdir(folder, { recursive: true });
      group.v1Folders.push(folder);
      group.procsFiles.push(join(folder, 'cgroup.procs'));
    }
    if (kind === 'memory') group.memoryFolder = folder;
    for (const setting of settings) {
      await writeFile(join(folder, setting[`v${place.version}`]), setting[`value${place.version}`]).catch(ignore);
    }
  }
  return group;
}

/** Sets other limits on a container that runs, `init` being its first process. It is moved into a v1 group that it had no need of until now. */
export async function changeLimits(
  host: CgroupHost,
  group: ContainerCgroup,
  { id, limits, init }: { id: string; limits: ContainerLimits; init: number },
): Promise<void> {
  for (const kind of ['memory', 'cpu', 'pids'] as const) {
    const place = host.limits[kind];
    const settings = limitSettings(kind, limits);
    if (!place || settings.length === 0) continue;
    const folder = place.version === 2 ? group.unified : join(place.folder, `amarre-${id}`);
    if (!folder) continue;
    const isNew = place.version === 1 && !group.v1Folders.includes(folder);
    if (isNew) await mkdir(folder, { recursive: true });
    for (const setting of settings)
      await writeFile(join(folder, setting[`v${place.version}`]), setting[`value${place.version}`]).catch(ignore);
    if (!isNew) continue;
    group.v1Folders.push(folder);
    group.procsFiles.push(join(folder, 'cgroup.procs'));
    if (kind === 'memory') group.memoryFolder = folder;
    await moveProcesses(group, { folder, init });
  }
}

/** Moves all processes of a container into a group, those too that are born meanwhile: a child is in its parent's group. */
async function moveProcesses(
  { unified }: ContainerCgroup,
  { folder, init }: { folder: string; init: number },
): Promise<void> {
  const procs = join(folder, 'cgroup.procs');
  for (;;) {
    const all = unified ? await processesIn(join(unified, 'cgroup.procs')) : await treeOf(init);
    const inside = new Set(await processesIn(procs));
    const outside = all.filter((pid) => !inside.has(pid));
    const moved = await Promise.all(
      // What has ended meanwhile can't be moved, and need not be.
      outside.map((pid) =>
        writeFile(procs, String(pid)).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (!moved.some(Boolean)) return;
  }
}

async function processesIn(file: string): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

async function treeOf(pid: number): Promise<number[]> {
  const below = await Promise.all((await childrenOf(pid)).map(treeOf));
  return [pid, ...below.flat()];
}

interface LimitSetting {
  v1: string;
  value1: string;
  v2: string;
  value2: string;
}

/** Which files get which values. Pure. */
export function limitSettings(kind: LimitKind, limits: ContainerLimits): LimitSetting[] {
  const settings: LimitSetting[] = [];
  if (kind === 'memory' && limits.memoryBytes !== undefined) {
    const bytes = String(limits.memoryBytes);
    settings.push({ v1: 'memory.limit_in_bytes', value1: bytes, v2: 'memory.max', value2: bytes });
  }
  if (kind === 'pids' && limits.pids !== undefined) {
    settings.push({ v1: 'pids.max', value1: String(limits.pids), v2: 'pids.max', value2: String(limits.pids) });
  }
  if (kind === 'cpu' && limits.cpuMillis !== undefined) {
    const quota = String(Math.max(1000, limits.cpuMillis * 100));
    settings.push({ v1: 'cpu.cfs_quota_us', value1: quota, v2: 'cpu.max', value2: `${quota} 100000` });
  }
  if (kind === 'cpu' && limits.cpuRequestMillis !== undefined) {
    // Kubelet: MilliCPUToShares, and its conversion to cgroup v2 weights.
    const shares = Math.min(262144, Math.max(2, Math.floor((limits.cpuRequestMillis * 1024) / 1000)));
    const weight = Math.floor(1 + ((shares - 2) * 9999) / 262142);
    settings.push({ v1: 'cpu.shares', value1: String(shares), v2: 'cpu.weight', value2: String(weight) });
  }
  return settings;
}

/** Sends SIGKILL to everything in the group at once, frozen or not. */
export async function killCgroup(group: ContainerCgroup): Promise<void> {
  if (group.unified) await writeFile(join(group.unified, 'cgroup.kill'), '1').catch(ignore);
}

/** Resolves when no process is left in the group. */
export async function cgroupEmptied(group: ContainerCgroup, clock: Clock, signal: AbortSignal): Promise<void> {
  const { unified } = group;
  if (!unified) return;
  const isEmpty = async (): Promise<boolean> => {
    try {
      return (await readFile(join(unified, 'cgroup.events'), 'utf8')).includes('populated 0');
    } catch (error) {
      // Only a group that is gone is known to be empty.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  };
  await pollUntil(isEmpty, { clock, signal, intervalMs: 2 });
}

/** Did the kernel kill a process of this group for want of memory? */
export async function sawOutOfMemory(group: ContainerCgroup): Promise<boolean> {
  if (!group.memoryFolder) return false;
  for (const file of ['memory.events', 'memory.oom_control']) {
    const text = await readFile(join(group.memoryFolder, file), 'utf8').catch(() => '');
    if (/^oom_kill [1-9]/m.test(text)) return true;
  }
  return false;
}

export async function removeContainerCgroup(group: ContainerCgroup): Promise<void> {
  for (const folder of [...group.v1Folders, ...(group.unified ? [group.unified] : [])])
    await rmdir(folder).catch(ignore);
}

async function isKillable(folder: string | undefined): Promise<boolean> {
  if (!folder) return false;
  try {
    await mkdir(folder, { recursive: true });
    await access(join(folder, 'cgroup.kill'));
    return true;
  } catch {
    return false;
  }
}

// A v2 group that gives controllers to its children may hold no process itself, so the supervisor moves
// to a leaf of its own first.
async function enableControllers(cgroupPath: string, unified: string): Promise<string[]> {
  try {
    const offered = (await readFile(join(cgroupPath, 'cgroup.controllers'), 'utf8')).trim().split(' ');
    const wanted = offered.filter((name) => name === 'memory' || name === 'cpu' || name === 'pids');
    if (wanted.length === 0) return [];
    await mkdir(join(cgroupPath, 'system'), { recursive: true });
    await writeFile(join(cgroupPath, 'system', 'cgroup.procs'), String(process.pid));
    const enable = wanted.map((name) => `+${name}`).join(' ');
    await writeFile(join(cgroupPath, 'cgroup.subtree_control'), enable);
    await writeFile(join(unified, 'cgroup.subtree_control'), enable);
    return wanted;
  } catch {
    return [];
  }
}

async function v1Folder(kind: LimitKind, ownPath: string | undefined): Promise<string | undefined> {
  if (ownPath === undefined) return undefined;
  const folder = join('/sys/fs/cgroup', kind, ownPath);
  const trial = join(folder, `amarre-trial-${process.pid}`);
  try {
    await mkdir(trial);
    await rmdir(trial);
    return folder;
  } catch {
    return undefined;
  }
}

function ignore(): void {
  // A kernel without this file, or a group that is gone already: both mean there is nothing to do.
}
