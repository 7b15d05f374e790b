// Which mounts must a new node not keep? Its mount namespace begins as a copy of the host's, and a copy of another
// cluster's pool would hold that pool's device after the other cluster is down.

import { dirname, join } from 'node:path';
import { exists } from '../base/exists.ts';
import { readMounts } from '../base/mountinfo.ts';
import { run } from './program.ts';

/** Unmounts the pools of other clusters in this process's own mount namespace. */
export async function releaseForeignPools(ownPool: string, signal: AbortSignal): Promise<void> {
  // The newest first: what is mounted on top goes first.
  for (const { mountPoint: path } of (await readMounts()).reverse()) {
    if (path === ownPool || !path.endsWith('/pool')) continue;
    const isCluster = await exists(join(dirname(path), 'amarre.json'));
    // Lazily: nobody in this namespace uses it.
    if (isCluster) await run('umount', ['--lazy', path], { signal });
  }
}
