// Which mounts must a new node not keep? Its mount namespace begins as a copy of the host's, and a copy of another
// cluster's pool would hold that pool's device after the other cluster is down.

import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './program.ts';

/** Mount points in the text of /proc/self/mountinfo, newest first, with the kernel's escapes undone. Pure. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter(Boolean)
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .reverse();
}

/** Unmounts the pools of other clusters in this process's own mount namespace. */
export async function releaseForeignPools(ownPool: string, signal: AbortSignal): Promise<void> {
  for (const path of mountPoints(await readFile('/proc/self/mountinfo', 'utf8'))) {
    if (path === ownPool || !path.endsWith('/pool')) continue;
    const isCluster = await access(join(dirname(path), 'amarre.json')).then(
      () => true,
      () => false,
    );
    // Lazily: nobody in this namespace uses it.
    if (isCluster) await run('umount', ['--lazy', path], { signal });
  }
}
