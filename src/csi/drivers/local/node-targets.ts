// What is left at a target path after an unpublish, and how full is what lies there?

import type { StatsFs } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import type { VolumeUsage } from '../../node-types.ts';
import { isNotFound } from './files.ts';

/**
 * Removes an empty folder, a file or a symbolic link. Never what is in a folder: after a failed unmount that would
 * be the volume's data.
 */
export async function removeTarget(target: string): Promise<void> {
  try {
    if ((await lstat(target)).isDirectory()) await rmdir(target);
    else await unlink(target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A file system's usage as CSI reports it. */
export function usageOf({ bsize, blocks, bfree, bavail, files, ffree }: StatsFs): VolumeUsage[] {
  return [
    { unit: 'BYTES', total: blocks * bsize, used: (blocks - bfree) * bsize, available: bavail * bsize },
    { unit: 'INODES', total: files, used: files - ffree, available: ffree },
  ];
}
