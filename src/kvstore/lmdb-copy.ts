// How is a store copied while a server writes to it? LMDB keeps the pages that a reader sees: the copy is one revision.

import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'lmdb';
import { checkDataFile } from './lmdb-check.ts';
import { dataFileOf } from './lmdb-open.ts';

/**
 * Copies the store in the folder `path` to the folder `target`, without free pages, and checks the copy. The store may be
 * in use. Rejects if there is no store, the disk is full, or `target` holds one already.
 */
export async function copyLmdbStore(path: string, target: string): Promise<void> {
  if (!existsSync(dataFileOf(path))) throw new Error(`Cannot copy the state in ${path}: there is none`);
  if (existsSync(dataFileOf(target))) throw new Error(`Cannot copy the state to ${target}: it holds one already`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const root = open({ path, noSubdir: false, maxDbs: 8, readOnly: true });
  try {
    await root.backup(target, true);
  } finally {
    await root.close();
  }
  checkDataFile(dataFileOf(target));
}
