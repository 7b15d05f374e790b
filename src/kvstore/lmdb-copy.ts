// How is a store copied while a server writes to it? LMDB keeps the pages that a reader sees: they are one revision. What
// the log has beyond it is put on top.

import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'lmdb';
import { checkDataFile } from './lmdb-check.ts';
import { dataFileOf, markAsNew, openTables } from './lmdb-open.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { writeEvents } from './lmdb-writer.ts';
import { readLogFiles, writesOf } from './write-log.ts';
import { eventsOf } from './write-log-events.ts';

/**
 * Copies the store in the folder `path` to the folder `target`, without free pages, and checks the copy, whose data file
 * is all of it. The store may be in use. Rejects if there is no store, the disk is full, or `target` holds one already.
 */
export async function copyLmdbStore(path: string, target: string): Promise<void> {
  if (!existsSync(dataFileOf(path))) throw new Error(`Cannot copy the state in ${path}: there is none`);
  if (existsSync(dataFileOf(target))) throw new Error(`Cannot copy the state to ${target}: it holds one already`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  // First the log: what LMDB takes over meanwhile is in the pages then.
  const logged = await readLogFiles(path);
  const root = open({ path, noSubdir: false, maxDbs: 8, readOnly: true });
  try {
    await root.backup(target, true);
  } finally {
    await root.close();
  }
  await addWrites(target, logged);
  checkDataFile(dataFileOf(target));
}

/** The copy says which writes it lacks. */
async function addWrites(path: string, logged: readonly Buffer[]): Promise<void> {
  const { root, tables } = await openTables(path);
  try {
    const reader = new LmdbReader(tables);
    const revision = reader.revision();
    // A server that goes on writing may leave a gap after those that follow, with later ones behind it.
    const following = writesOf(logged, { store: tables.meta.get('store') ?? 0, revision }).filter(
      (write, index) => write.revision === revision + 1 + index,
    );
    const events = eventsOf(following, { path, newest: (key) => reader.get(key) });
    await markAsNew(tables);
    await root.batch(() => writeEvents(tables, events));
  } finally {
    await root.close();
  }
}
