// How do the mounts of a volume, or of a whole folder, leave this mount namespace?

import type { Clock } from '../../base/clock.ts';
import { type MountEntry, mountsUnder, readMounts } from '../../base/mountinfo.ts';
import { runProgram } from '../runtime/program.ts';

export interface UnmountOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Called once when a mount stays busy: ends whoever may hold it. */
  onBusy: () => Promise<void>;
}

/** A mount could not be taken away; nothing may be promised about its volume. */
export class StillMountedError extends Error {
  override readonly name = 'StillMountedError';

  constructor(mountPoints: readonly string[], said: string) {
    super(`Cannot unmount ${mountPoints.join(', ')}: ${said}`);
  }
}

/** Mount points of the file systems that are mounted at any of `paths`, wherever else they are mounted. Pure. */
export function mountsOfVolume(mounts: readonly MountEntry[], paths: readonly string[]): string[] {
  const devices = new Set(mounts.filter((mount) => paths.includes(mount.mountPoint)).map((mount) => mount.device));
  return mounts
    .filter((mount) => devices.has(mount.device))
    .map((mount) => mount.mountPoint)
    .reverse();
}

/** Unmounts what `select` picks, again until nothing is left. Rejects with StillMountedError after about two seconds. */
export async function unmountAll(select: (mounts: MountEntry[]) => string[], options: UnmountOptions): Promise<void> {
  let said = '';
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const left = select(await readMounts());
    if (left.length === 0) return;
    for (const mountPoint of left) {
      const result = await runProgram(['umount', mountPoint], { signal: options.signal });
      if (result.exitCode !== 0) said = result.stderr.trim();
    }
    if (attempt === 4) await options.onBusy();
    if (attempt > 0) await options.clock.sleep(50, options.signal);
  }
  const left = select(await readMounts());
  if (left.length > 0) throw new StillMountedError(left, said);
}

/** Unmounts everything at or below `folder`; what stays busy is detached lazily. For what no process uses any more. */
export async function unmountLeftovers(folder: string, signal: AbortSignal): Promise<void> {
  for (const mountPoint of mountsUnder(await readMounts(), folder)) {
    const { exitCode } = await runProgram(['umount', mountPoint], { signal });
    if (exitCode !== 0) await runProgram(['umount', '-l', mountPoint], { signal });
  }
}
