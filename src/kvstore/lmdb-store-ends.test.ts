// What is left of a store that is closed, or could not be opened?

import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { CorruptStoreError, StoreUnavailableError } from './errors.ts';
import { openTables } from './lmdb-open.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { bytes } from './model.ts';
import { buildStateWriter } from './testing/state-writer.ts';
import { encodeBatch } from './write-log-records.ts';

let path: string;
const writer = buildStateWriter();
afterAll(() => writer.remove());
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'amarre-kvstore-'));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

/** Files of the store that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${number}`);
      return target.startsWith(path) ? [target.slice(path.length)] : [];
    } catch {
      // The one that lists them is gone.
      return [];
    }
  });
}

test.each([
  ['this thread', {}],
  ['a thread of its own', { writer: writer.program }],
])('%s writes, closed -> nothing is open, and who writes is told so', async (_who, options) => {
  const store = await openLmdbStore({ path, log, ...options });
  await store.put('/a', bytes('1'), 0);
  expect(openFiles()).toContain('/log-0');
  await store.close();
  expect(openFiles()).toEqual([]);
  await expect(store.put('/a', bytes('2'), 1)).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(store.delete('/a', 1)).rejects.toBeInstanceOf(StoreUnavailableError);
});

test('a log that deletes what is not there -> refused with the key, and nothing stays open', async () => {
  await (await openLmdbStore({ path, log })).close();
  const { root, tables } = await openTables(path);
  const number = tables.meta.get('store') ?? 0;
  await root.close();
  const previous = { key: '/b', value: bytes('1'), createRevision: 1, modRevision: 1 };
  writeFileSync(join(path, 'log-0'), encodeBatch(number, [{ type: 'delete', key: '/b', revision: 1, previous }]));
  const opened = openLmdbStore({ path, log });
  await expect(opened).rejects.toBeInstanceOf(CorruptStoreError);
  await expect(opened).rejects.toThrow('its log deletes /b at revision 1, which is not there');
  expect(openFiles()).toEqual([]);
});
