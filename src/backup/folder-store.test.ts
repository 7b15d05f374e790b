// Does a folder keep objects whole, and does it say clearly when it cannot?

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemRandom } from '../base/system-random.ts';
import { createFolderStore } from './folder-store.ts';
import { type ObjectStore, readAll } from './object-store.ts';

const signal = new AbortController().signal;
let folder = '';
let store: ObjectStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-store-'));
  store = createFolderStore(join(folder, 'location'), systemRandom);
});

afterEach(() => {
  spawnSync('umount', [join(folder, 'location')], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
});

const text = async (key: string): Promise<string> =>
  Buffer.from(await readAll(await store.get(key, signal))).toString();

test('put, replace, list, remove -> what an object store does', async () => {
  await store.put('backups/a/one', Buffer.from('1'), signal);
  await store.put('backups/a/one', Buffer.from('2'), signal);
  await store.put('backups/b/two', Buffer.from('3'), signal);
  expect(await text('backups/a/one')).toBe('2');
  expect(await store.list('backups', signal)).toEqual(['a', 'b']);
  expect(await store.exists('backups/a/one', signal)).toBe(true);
  expect(await store.exists('backups/a', signal)).toBe(false);
  await store.remove('backups/a', signal);
  await store.remove('backups/a', signal);
  expect(await store.list('backups', signal)).toEqual(['b']);
  expect(await store.list('restores', signal)).toEqual([]);
});

test('body fails half way -> the old object stays and nothing is left behind', async () => {
  await store.put('backups/a/one', Buffer.from('old'), signal);
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('new');
    throw new Error('source failed');
  }
  await expect(store.put('backups/a/one', failing(), signal)).rejects.toThrow('source failed');
  expect(await text('backups/a/one')).toBe('old');
  expect(readdirSync(join(folder, 'location/backups/a'))).toEqual(['one']);
});

test.each(['../x', '/x', 'a//b', 'a/./b', 'a/../../b', ''])('key %j -> refused', async (key) => {
  await expect(store.put(key, Buffer.from(''), signal)).rejects.toMatchObject({ name: 'ObjectStoreError' });
  expect(existsSync(join(folder, 'x'))).toBe(false);
});

test('missing object -> NotFound; missing parent of the folder -> NotFound', async () => {
  await expect(store.get('backups/none', signal)).rejects.toMatchObject({ kind: 'NotFound' });
  const lost = createFolderStore(join(folder, 'no/such/place'), systemRandom);
  await expect(lost.check(signal)).rejects.toMatchObject({
    kind: 'NotFound',
    message: expect.stringContaining('no/such/place') as string,
  });
});

test('check -> makes the folder and leaves nothing in it', async () => {
  await store.check(signal);
  expect(readdirSync(join(folder, 'location'))).toEqual([]);
});

test.runIf(process.getuid?.() === 0).each([
  { name: 'read-only folder -> ReadOnly', options: 'ro', kind: 'ReadOnly', why: 'the folder is read-only (EROFS)' },
  { name: 'full folder -> Full', options: 'size=4k', kind: 'Full', why: 'the disk is full (ENOSPC)' },
])('$name', async ({ options, kind, why }) => {
  const location = join(folder, 'location');
  mkdirSync(location);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', location]).status !== 0) return;
  const error = { kind, message: expect.stringContaining(`Cannot use folder ${location}: could not write`) as string };
  const big = Buffer.alloc(10_000);
  await expect(store.put('backups/a/one', big, signal)).rejects.toMatchObject(error);
  await expect(store.put('backups/a/one', big, signal)).rejects.toThrow(why);
  expect(await store.list('backups/a', signal)).toEqual([]);
});
