// How does a container get a folder inside a volume without ever leaving the volume? Models pkg/volume/util/subpath.

import { closeSync, constants, openSync } from 'node:fs';
import { lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readMounts } from '../../base/mountinfo.ts';
import { mustRun } from '../runtime/program.ts';

// Not in node:fs: Linux, x86 and arm alike.
const openPathOnly = 0o10000000;

export interface SubPathOptions {
  /** Where the volume is on the node. */
  volumePath: string;
  subPath: string;
  /** Where the folder is bound, so that a later change of a symbolic link changes nothing. */
  bindAt: string;
  /** May mounts be made? Otherwise the checked path itself is the answer. */
  canMount: boolean;
  signal: AbortSignal;
}

/** subPath would leave the volume. */
export class SubPathEscapeError extends Error {
  override readonly name = 'SubPathEscapeError';
}

/** Makes the folder if it is missing, and resolves with what the container binds. Rejects with SubPathEscapeError. */
export async function bindSubPath(options: SubPathOptions): Promise<string> {
  const { volumePath, subPath, bindAt, canMount, signal } = options;
  const root = await realpath(volumePath);
  await makeInside(root, subPath);
  const target = await realpath(join(root, subPath));
  const inside = relative(root, target);
  if (inside.startsWith('..')) throw new SubPathEscapeError(`subPath "${subPath}" leads out of the volume`);
  if (!canMount) return target;
  if ((await readMounts()).some(({ mountPoint }) => mountPoint === bindAt)) return bindAt;
  // A container may swap a folder for a symbolic link at any time: walk down without following any, hold the
  // end by file descriptor, and bind that.
  const fd = openInside(root, inside);
  try {
    await makeMountPoint(target, bindAt);
    await mustRun(['mount', '--bind', '/proc/self/fd/3', bindAt], { signal, extraFds: [fd] });
  } finally {
    closeSync(fd);
  }
  return bindAt;
}

function openInside(root: string, inside: string): number {
  let fd = openSync(root, openPathOnly | constants.O_DIRECTORY);
  for (const part of inside.split('/').filter(Boolean)) {
    try {
      const next = openSync(`/proc/self/fd/${fd}/${part}`, openPathOnly | constants.O_NOFOLLOW);
      closeSync(fd);
      fd = next;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }
  return fd;
}

async function makeInside(root: string, subPath: string): Promise<void> {
  let path = root;
  for (const part of subPath.split('/').filter(Boolean)) {
    path = join(path, part);
    const found = await lstat(path).catch(() => undefined);
    if (!found) {
      await mkdir(path, { mode: 0o750 });
    } else if (found.isSymbolicLink()) {
      path = await realpath(path);
      if (relative(root, path).startsWith('..'))
        throw new SubPathEscapeError(`subPath "${subPath}" leads out of the volume`);
    }
  }
}

async function makeMountPoint(target: string, bindAt: string): Promise<void> {
  const isFolder = (await lstat(target)).isDirectory();
  if (isFolder) {
    await mkdir(bindAt, { recursive: true });
  } else {
    await mkdir(join(bindAt, '..'), { recursive: true });
    await writeFile(bindAt, '', { flag: 'a' });
  }
}
