// How does a file change so that a kill or a power cut leaves the old or the new content, never a mixture?

import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { unfinishedSuffix } from './names.ts';

/** Writes `text` to `file`, durably and in one step. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  const unfinished = `${file}${unfinishedSuffix}`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  await syncPath(path.dirname(file));
}

/** Forces a file, or the names in a folder, to the disk. */
export async function syncPath(file: string): Promise<void> {
  await withHandle(file, 'r', (handle) => handle.sync());
}

/** Sets the length of a file, making it if need be. What is new is a hole. */
export async function truncateFile(file: string, bytes: number): Promise<void> {
  await withHandle(file, 'a', async (handle) => {
    await handle.truncate(bytes);
    await handle.sync();
  });
}

/** The names in a folder; none when it does not exist. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Rejects where it can not be told: what only seems to be away must not be made anew. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

async function withHandle(file: string, flags: string, task: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await task(handle);
  } finally {
    await handle.close();
  }
}
