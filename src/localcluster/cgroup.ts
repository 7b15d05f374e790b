// How is everything of a node ended at once? By its cgroup (version 2), or, without one, by its folder's name.

import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { exists } from '../base/exists.ts';
import { pollUntil } from '../base/poll.ts';

const candidates = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

/** Mount point of a cgroup 2 hierarchy that this process may write to; undefined if there is none. */
export async function cgroup2Root(): Promise<string | undefined> {
  for (const root of candidates) {
    // Only version 2 has this file.
    if (!(await exists(join(root, 'cgroup.procs')))) continue;
    const probe = join(root, `amarre-probe-${process.pid}`);
    try {
      await mkdir(probe);
      await rmdir(probe);
      return root;
    } catch {
      // Read-only or delegated elsewhere: not ours to use.
    }
  }
  return undefined;
}

/** Ends every process in the cgroup and its children, and waits until none is left. */
export async function killCgroup(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await writeFile(join(path, 'cgroup.kill'), '1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await pollUntil(async () => !(await isPopulated(path)), { clock, signal, intervalMs: 5 });
}

/** Removes an empty cgroup with its children. */
export async function removeCgroup(path: string): Promise<void> {
  let children: string[];
  try {
    children = (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const child of children) await removeCgroup(join(path, child));
  await rmdir(path);
}

async function isPopulated(path: string): Promise<boolean> {
  try {
    return /populated 1/.test(await readFile(join(path, 'cgroup.events'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Pids of all processes in the cgroup and its children. */
export async function cgroupPids(path: string): Promise<number[]> {
  try {
    const own = (await readFile(join(path, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number);
    const children = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const below = await Promise.all(children.map((child) => cgroupPids(join(path, child.name))));
    return [...own, ...below.flat()];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
