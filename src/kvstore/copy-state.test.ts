import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { copyState } from './copy-state.ts';
import { openEtcdStore } from './etcd-store.ts';
import { type EtcdProcess, startEtcd } from './etcd-testing.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { memoryStore } from './memory-store.ts';
import { bytes, take, text } from './model.ts';
import { CompactedError, type RevisionStore } from './types.ts';

let etcd: EtcdProcess;
let folder: string;
beforeAll(async () => {
  etcd = await startEtcd({ args: ['--unsafe-no-fsync'] });
  folder = mkdtempSync(join(tmpdir(), 'amarre-copy-'));
});
afterAll(async () => {
  await etcd.remove();
  rmSync(folder, { recursive: true, force: true });
});

const prefix = '/registry/';
const contents = async (store: RevisionStore): Promise<string[]> =>
  (await store.list({ prefix })).entries.map(({ key, value }) => `${key}=${text(value)}`);

test('LMDB to etcd and back -> same objects, revisions only grow, the past is Expired', async () => {
  const lmdb = await openLmdbStore({ path: join(folder, 'first'), log });
  for (let i = 0; i < 700; i++)
    await lmdb.put(`${prefix}core/configmaps/default/${i % 30}`, bytes(`${i}`), i < 30 ? 0 : i - 29);
  const want = await contents(lmdb);
  expect(want).toHaveLength(30);

  const store = await openEtcdStore({ endpoints: [etcd.endpoint], clock, log });
  const there = await copyState(lmdb, store, { prefix });
  expect(there.entries).toBe(30);
  expect(there.revision).toBeGreaterThan(700);
  expect(await contents(store)).toEqual(want);
  await expect(take(store, { prefix, afterRevision: 700, count: 1 })).rejects.toBeInstanceOf(CompactedError);
  await store.close();

  // The offset lasts: whoever opens the etcd next goes on beyond it.
  const again = await openEtcdStore({ endpoints: [etcd.endpoint], clock, log });
  const written = await again.put(`${prefix}core/configmaps/default/new`, bytes('new'), 0);
  expect(written.ok && written.revision).toBeGreaterThan(there.revision);
  for (const { modRevision } of (await again.list({ prefix })).entries) expect(modRevision).toBeGreaterThan(700);

  const back = await openLmdbStore({ path: join(folder, 'second'), log });
  const home = await copyState(again, back, { prefix });
  expect(home.revision).toBeGreaterThan(written.ok ? written.revision : Infinity);
  expect(await contents(back)).toEqual(await contents(again));
  await Promise.all([lmdb.close(), again.close(), back.close()]);
});

test('a target with objects -> refused, and left as it was', async () => {
  const [source, target] = [memoryStore(), memoryStore()];
  await source.put(`${prefix}a`, bytes('1'), 0);
  await target.put(`${prefix}b`, bytes('2'), 0);
  await expect(copyState(source, target, { prefix })).rejects.toThrow(
    'Cannot copy the state: the target holds objects already, such as /registry/b',
  );
  expect(await contents(target)).toEqual([`${prefix}b=2`]);
});
