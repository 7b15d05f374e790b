// How does a volume's content change as one? A new folder, then one symbolic link renamed. Models atomic_writer.go.

import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Payload } from './payload.ts';

const dataLink = '..data';

export interface WriteOptions {
  /** Suffix that no earlier write to this folder has used. */
  generation: string;
  fsGroup: number | undefined;
}

/** Makes `folder` show exactly `payload`. Readers see all of the old or all of the new. Returns whether it changed. */
export async function writePayload(
  folder: string,
  payload: Payload,
  { generation, fsGroup }: WriteOptions,
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const old = await readlink(join(folder, dataLink)).catch(() => undefined);
  if (old !== undefined && (await isSame(join(folder, old), payload))) return false;
  const next = `..${generation}`;
  for (const [path, { data, mode }] of Object.entries(payload)) {
    const target = join(folder, next, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, data);
    // fsGroup must be able to read what the owner can.
    await chmod(target, fsGroup === undefined ? mode : mode | ((mode & 0o400) >> 3));
    if (fsGroup !== undefined) await chown(target, 0, fsGroup).catch(() => {});
  }
  await mkdir(join(folder, next), { recursive: true, mode: 0o755 });
  await symlink(next, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, dataLink));
  await linkNames(folder, payload);
  if (old !== undefined) await rm(join(folder, old), { recursive: true, force: true });
  return true;
}

async function linkNames(folder: string, payload: Payload): Promise<void> {
  const names = new Set(Object.keys(payload).map((path) => path.split('/')[0] ?? path));
  for (const name of await readdir(folder)) {
    if (!name.startsWith('..') && !names.has(name)) await rm(join(folder, name));
  }
  for (const name of names) {
    await symlink(join(dataLink, name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function isSame(folder: string, payload: Payload): Promise<boolean> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  if (found.length !== Object.keys(payload).length) return false;
  for (const [path, { data }] of Object.entries(payload)) {
    const current = await readFile(join(folder, path)).catch(() => undefined);
    if (!current?.equals(data)) return false;
  }
  return true;
}
