// Who may write a volume's files? fsGroup: group and set-gid bits for everything in it. Models volume_linux.go.

import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

// Kubelet: rwMask | execMask for folders.
const folderBits = 0o2770;
const fileBits = 0o660;
const readOnlyFileBits = 0o440;
const readOnlyFolderBits = 0o2550;

export interface OwnershipOptions {
  fsGroup: number;
  readOnly: boolean;
  /** OnRootMismatch skips the walk when the root has the right owner and bits already. */
  policy: 'Always' | 'OnRootMismatch';
  signal: AbortSignal;
}

/** Gives the volume at `root` to the group. Rejects with the file system's error (EPERM without root). */
export async function setVolumeOwnership(root: string, options: OwnershipOptions): Promise<void> {
  if (options.policy === 'OnRootMismatch' && (await rootMatches(root, options))) return;
  await walk(root, options);
}

async function rootMatches(root: string, { fsGroup, readOnly }: OwnershipOptions): Promise<boolean> {
  const { gid, mode } = await lstat(root);
  const wanted = readOnly ? readOnlyFolderBits : folderBits;
  return gid === fsGroup && (mode & wanted) === wanted;
}

// The root comes last: until then the next OnRootMismatch check finds that the walk is not finished.
async function walk(path: string, options: OwnershipOptions): Promise<void> {
  options.signal.throwIfAborted();
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await walk(join(path, name), options);
  }
  await lchown(path, found.uid, options.fsGroup);
  if (found.isSymbolicLink()) return;
  await chmod(path, (found.mode & 0o7777) | bits(found.isDirectory(), options.readOnly));
}

function bits(isFolder: boolean, readOnly: boolean): number {
  if (isFolder) return readOnly ? readOnlyFolderBits : folderBits;
  return readOnly ? readOnlyFileBits : fileBits;
}
