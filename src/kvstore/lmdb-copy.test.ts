// Is a copy of the folder, or the one that the command makes, all that the store acknowledged?

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { copyLmdbStore } from './lmdb-copy.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { brief, briefEvent, bytes, take } from './model.ts';
import type { RevisionStore } from './types.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'amarre-copies-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const freshPath = (): string => mkdtempSync(join(scratch, 'store-'));

/** As a command does it: LMDB maps a file only once in a process. */
async function copyInOtherProcess(path: string, target: string): Promise<void> {
  const program = `import { copyLmdbStore } from ${JSON.stringify(join(import.meta.dirname, 'lmdb-copy.ts'))};
    await copyLmdbStore(${JSON.stringify(path)}, ${JSON.stringify(target)});`;
  await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
}

test('a copy made while 16 writers go on -> opens, and is what the store was at one revision', async () => {
  const [path, copy] = [freshPath(), freshPath()];
  const store = await openLmdbStore({ path, log });
  let isWriting = true;
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; isWriting; n++) {
      const current = await store.get(`/w/${writer}`);
      await store.put(`/w/${writer}`, bytes(`${n}`), current?.modRevision ?? 0);
    }
  };
  const writers = Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
  while (store.currentRevision() < 500) await systemClock.sleep(1, new AbortController().signal);
  const before = store.currentRevision();
  await copyInOtherProcess(path, copy);
  const after = store.currentRevision();
  isWriting = false;
  await writers;
  const restored = await openLmdbStore({ path: copy, log });
  const { entries, revision } = await restored.list({ prefix: '/' });
  expect(revision).toBeGreaterThanOrEqual(before);
  expect(revision).toBeLessThanOrEqual(after);
  expect(entries).toEqual((await store.list({ prefix: '/', revision })).entries);
  await Promise.all([store.close(), restored.close()]);
});

test('no folder to copy -> an error that says so, nothing made', async () => {
  const [path, copy] = [join(freshPath(), 'none'), freshPath()];
  await expect(copyLmdbStore(path, copy)).rejects.toThrow(`Cannot copy the state in ${path}: there is none`);
  expect(existsSync(join(copy, 'data.mdb'))).toBe(false);
});

describe('writes that LMDB has not taken over', () => {
  /** Ten keys, each written three times, one of them deleted at last: LMDB has what came before the last 20 writes. */
  async function withLog(path: string): Promise<RevisionStore> {
    const store = await openLmdbStore({ path, log, clock: new FakeClock() });
    for (let i = 0; i < 30; i++) {
      const key = `/k/${i % 10}`;
      await store.put(key, bytes(`${i}`), (await store.get(key))?.modRevision ?? 0);
      // To compact, it takes over what there is.
      if (i === 9) await store.compact(1);
    }
    await store.delete('/k/0', 21);
    return store;
  }

  async function contentsOf(store: RevisionStore): Promise<unknown> {
    const revision = store.currentRevision();
    const lists = [5, 15, 25, revision].map(async (at) =>
      (await store.list({ prefix: '/', revision: at })).entries.map(brief),
    );
    const events = await take(store, { prefix: '/', afterRevision: 1, count: revision - 1 });
    return { revision, lists: await Promise.all(lists), events: events.map(briefEvent) };
  }

  test('the machine stops -> they are there after the next start, and after the one behind it', async () => {
    const [path, copy] = [freshPath(), freshPath()];
    const store = await withLog(path);
    const before = await contentsOf(store);
    cpSync(path, copy, { recursive: true });
    await store.close();
    for (const clock of [new FakeClock(), systemClock]) {
      const again = await openLmdbStore({ path: copy, log, clock });
      expect(await contentsOf(again)).toEqual(before);
      await again.close();
    }
  });

  test('a copy by another process -> has them, in its data file alone', async () => {
    const [path, copy, alone] = [freshPath(), freshPath(), freshPath()];
    const store = await withLog(path);
    await copyInOtherProcess(path, copy);
    cpSync(join(copy, 'data.mdb'), join(alone, 'data.mdb'));
    const copied = await openLmdbStore({ path: alone, log });
    expect(await contentsOf(copied)).toEqual(await contentsOf(store));
    await Promise.all([store.close(), copied.close()]);
  });

  test('so many that they change a great part of the file -> a copy has them', async () => {
    const [path, copy] = [freshPath(), freshPath()];
    const store = await openLmdbStore({ path, log, clock: new FakeClock() });
    const write = (round: number, expected: number) =>
      Promise.all(
        Array.from({ length: 900 }, (_, i) => store.put(`/k/${i}`, Buffer.alloc(3_000, round), expected && i + 1)),
      );
    await write(1, 0);
    await store.compact(1);
    await write(2, 1);
    await copyInOtherProcess(path, copy);
    const copied = await openLmdbStore({ path: copy, log });
    expect((await copied.list({ prefix: '/' })).entries).toEqual((await store.list({ prefix: '/' })).entries);
    await Promise.all([store.close(), copied.close()]);
  });

  test('the data file of another store in their place -> none of them is added to it', async () => {
    const [path, copy] = [freshPath(), freshPath()];
    const store = await withLog(path);
    await copyInOtherProcess(path, copy);
    await store.put('/later', bytes('lost'), 0);
    cpSync(path, copy, { recursive: true, filter: (name) => !name.endsWith('.mdb') });
    const restored = await openLmdbStore({ path: copy, log });
    expect(await restored.get('/later')).toBeUndefined();
    await Promise.all([store.close(), restored.close()]);
  });
});
