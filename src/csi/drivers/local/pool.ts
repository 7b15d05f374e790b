// Where does the storage for volumes come from? One XFS on one allocated image file, mounted at the pool folder.

import { mkdir, open, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { attachLoopDevice, detachLoopDevice, loopDevicesOf, unlessGone } from '../../../base/kernel-loop.ts';
import type { Logger } from '../../../base/log.ts';
import { readMounts } from '../../../base/mountinfo.ts';
import { runCommand } from './command.ts';
import { exists, syncPath } from './files.ts';
import { unfinishedSuffix } from './names.ts';

export interface PoolOptions {
  /** The image file; made when it does not exist, and then never changed in size. */
  imagePath: string;
  poolDir: string;
  /** Size of a new image, in bytes. */
  sizeBytes: number;
  /** Bytes that must stay free on the host's disk after a new image was allocated. */
  reserveBytes: number;
  clock: Clock;
  log: Logger;
}

export interface OpenPool {
  device: string;
  sizeBytes: number;
  /** Was the image made by this call? */
  created: boolean;
}

/** The pool can't be had, and the message says why and what would help. */
export class PoolError extends Error {
  override readonly name = 'PoolError';
}

/**
 * Mounts the pool, making it first if need be. May be repeated, also after a kill at any line. Rejects with PoolError
 * when the host's disk has no room for a new one. Needs root, loop devices and xfsprogs.
 */
export async function openPool(options: PoolOptions, signal: AbortSignal): Promise<OpenPool> {
  const { imagePath, poolDir, log } = options;
  const created = !(await exists(imagePath));
  if (created) await createImage(options, signal);
  await mkdir(poolDir, { recursive: true, mode: 0o700 });
  const sizeBytes = (await stat(imagePath)).size;
  const device = (await loopDevicesOf(imagePath))[0]?.device ?? (await attachLoopDevice(imagePath));
  if (!(await isMounted(poolDir))) {
    try {
      await runCommand(['mount', '-t', 'xfs', '-o', 'noatime', device, poolDir], signal);
    } catch (error) {
      await detachLoopDevice(device);
      throw new PoolError(
        `Cannot mount the volume pool ${imagePath} at ${poolDir}; look at it with: xfs_repair -n ${imagePath}`,
        { cause: error },
      );
    }
  }
  log.info('Volume pool is open', { poolDir, device, sizeBytes, created });
  return { device, sizeBytes, created };
}

/**
 * Unmounts the pool and gives its device back. Every volume must be detached before. Resolves when nothing holds the
 * image any more; rejects after 10 s, with PoolError that names who does, or with what umount says.
 */
export async function closePool({ imagePath, poolDir, clock, log }: PoolOptions, signal: AbortSignal): Promise<void> {
  const giveUpAt = clock.monotonic() + 10_000;
  while (await isMounted(poolDir)) {
    try {
      await runCommand(['umount', poolDir], signal);
    } catch (error) {
      // The kernel takes down what a mount namespace that has ended had mounted, a while after its last process is gone.
      if (!(error as Error).message.includes('busy') || clock.monotonic() >= giveUpAt) throw error;
      await clock.sleep(10, signal);
    }
  }
  if (!(await exists(imagePath))) return;
  for (;;) {
    const devices = await loopDevicesOf(imagePath);
    if (devices.length === 0) break;
    if (clock.monotonic() >= giveUpAt) {
      throw new PoolError(
        `The volume pool ${imagePath} is still mounted in another mount namespace, through ${devices[0]?.device}`,
      );
    }
    for (const { device } of devices) await unlessGone(detachLoopDevice(device));
    await clock.sleep(10, signal);
  }
  log.info('Volume pool is closed', { poolDir });
}

async function createImage({ imagePath, sizeBytes, reserveBytes }: PoolOptions, signal: AbortSignal): Promise<void> {
  const folder = path.dirname(imagePath);
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes - sizeBytes < reserveBytes) {
    throw new PoolError(
      `Cannot allocate a volume pool of ${gibibytes(sizeBytes)} in ${folder}: ${gibibytes(freeBytes)} are free there and ` +
        `${gibibytes(reserveBytes)} must stay free; free some space or ask for a smaller pool`,
    );
  }
  const unfinished = `${imagePath}${unfinishedSuffix}`;
  await rm(unfinished, { force: true });
  try {
    await (await open(unfinished, 'w', 0o600)).close();
    await runCommand(['fallocate', '-l', String(sizeBytes), unfinished], signal);
    // -K: a discard would give the allocated blocks back.
    await runCommand(['mkfs.xfs', '-q', '-f', '-K', '-s', 'size=4096', '-m', 'reflink=1', unfinished], signal);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncPath(unfinished);
  await rename(unfinished, imagePath);
  await syncPath(folder);
}

async function isMounted(folder: string): Promise<boolean> {
  if (!(await exists(folder))) return false;
  const canonical = await realpath(folder);
  return (await readMounts()).some(({ mountPoint }) => mountPoint === canonical);
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
