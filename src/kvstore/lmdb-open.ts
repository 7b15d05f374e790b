// Is there a store in this folder that this version can use? Checks it before LMDB maps it, and brings an older format up.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { systemRandom } from '../base/system-random.ts';
import { CorruptStoreError, UnsupportedFormatError } from './errors.ts';
import { checkDataFile } from './lmdb-check.ts';
import type { LmdbTables } from './lmdb-reader.ts';
import { decodeHistory, decodeVersion, encodeHistory, revisionOfKey, versionKey } from './lmdb-records.ts';

/**
 * Format 1 kept the newest version of each key in `versions` too, and only keys in `history`. Format 2 did not say there
 * what is a deletion. Format 3 had no log.
 */
const formatVersion = 4;

export interface OpenTables {
  root: RootDatabase;
  tables: LmdbTables;
}

/**
 * Gives the store a number that no other one has: a log names the store that it belongs to. Comes before any large transaction on
 * a file that LMDB has made without free pages: LMDB 0.9 of lmdb 3.5 crashes in `mdb_freelist_save` if the first record of
 * its list of free pages is longer than a page can hold.
 */
export async function markAsNew({ meta }: LmdbTables): Promise<void> {
  await meta.put('store', Math.floor(systemRandom.next() * 2 ** 48));
}

/** The file of a store. */
export const dataFileOf = (path: string): string => join(path, 'data.mdb');

/** Opens the tables of a store, or makes them. Rejects with UnsupportedFormatError or CorruptStoreError, and has then changed nothing. */
export async function openTables(path: string): Promise<OpenTables> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (existsSync(dataFileOf(path))) checkDataFile(dataFileOf(path));
  const opened = mapTables(path);
  const { root, tables } = opened;
  const format: unknown = tables.meta.get('format');
  if (format === formatVersion) return opened;
  if (format === undefined && tables.latest.getCount({ limit: 1 }) > 0) {
    await root.close();
    throw new CorruptStoreError(path, 'it holds entries but no format version');
  }
  if (format !== undefined && ![1, 2, 3].includes(Number(format))) {
    await root.close();
    throw new UnsupportedFormatError(path, { found: Number(format), supported: formatVersion });
  }
  await markAsNew(tables);
  await root.batch(() => {
    if (format === 1) addPreviousRevisions(tables);
    else if (format === 2) markDeletions(tables);
    void tables.meta.put('format', formatVersion);
  });
  return opened;
}

/**
 * Room for the file to grow: LMDB would start with what the file has, and map it once more whenever that is too little,
 * with the older mappings still in use. Addresses cost nothing.
 */
function mapSizeOf(file: string): number {
  const gibibyte = 2 ** 30;
  const bytes = existsSync(file) ? statSync(file).size : 0;
  return gibibyte * (1 + Math.ceil((4 * bytes) / gibibyte));
}

/** The tables of a store that was opened before, perhaps by another thread, or of a new one. Throws CorruptStoreError. */
export function mapTables(path: string): OpenTables {
  try {
    // Without overlapping syncs a commit is on the disk before any reader can see it. Every write is in a batch of ours;
    // of the ones that LMDB's own batching makes, nobody would hear that they failed.
    const root = open({
      path,
      noSubdir: false,
      maxDbs: 8,
      mapSize: mapSizeOf(dataFileOf(path)),
      overlappingSync: false,
      eventTurnBatching: false,
    });
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
    const tables: LmdbTables = {
      latest: root.openDB<Buffer, Buffer>('latest', binary),
      versions: root.openDB<Buffer, Buffer>('versions', binary),
      history: root.openDB<Buffer, Buffer>('history', binary),
      meta: root.openDB<number, string>('meta', { encoding: 'json' }),
    };
    return { root, tables };
  } catch (error) {
    throw new CorruptStoreError(path, 'LMDB refuses it', { cause: error });
  }
}

/** From format 1. Only history changes: that a newest version is still in `versions` as well does no harm, and ends with its compaction. */
function addPreviousRevisions({ history, versions }: LmdbTables): void {
  for (const { key: at, value } of history.getRange({})) {
    const key = value.toString();
    const record = versions.get(versionKey(key, revisionOfKey(at)));
    const { previousRevision, kind } = record ? decodeVersion(record) : { previousRevision: 0, kind: 'put' };
    void history.put(at, encodeHistory({ key, previousRevision, isDeletion: kind === 'delete' }));
  }
}

/** From format 2. */
function markDeletions({ history, versions }: LmdbTables): void {
  for (const { key: at, value } of history.getRange({})) {
    const { key, previousRevision } = decodeHistory(value);
    const record = versions.get(versionKey(key, revisionOfKey(at)));
    if (record && decodeVersion(record).kind === 'delete')
      void history.put(at, encodeHistory({ key, previousRevision, isDeletion: true }));
  }
}
