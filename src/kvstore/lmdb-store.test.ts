import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { describeRevisionStore, testBoundedHistory } from './conformance.ts';
import { CorruptStoreError, UnsupportedFormatError, ValueTooLargeError } from './errors.ts';
import { checkDataFile } from './lmdb-check.ts';
import { type OpenTables, openTables } from './lmdb-open.ts';
import { encodeHistory, encodeLatest, encodeVersion, revisionKey, versionKey } from './lmdb-records.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { brief, briefEvent, bytes, type StoreUnderTest, take } from './model.ts';
import { buildStateWriter } from './testing/state-writer.ts';

let scratch: string;
const writer = buildStateWriter();
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'amarre-kvstore-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  writer.remove();
});

const freshPath = (): string => mkdtempSync(join(scratch, 'store-'));

async function openFresh(options: { keepRevisions?: number; clock?: Clock; writer?: string }): Promise<StoreUnderTest> {
  const path = mkdtempSync(join(tmpdir(), 'amarre-kvstore-'));
  const store = await openLmdbStore({ path, log, ...options });
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(path, { recursive: true, force: true });
  };
  return { store, close };
}

/** On which no wait takes any time. */
class HurriedClock extends FakeClock {
  override sleep(): Promise<void> {
    return Promise.resolve();
  }
}

describeRevisionStore('openLmdbStore', openFresh);
describeRevisionStore('LMDB takes over nothing until it is asked to', () => openFresh({ clock: new FakeClock() }));
describeRevisionStore('LMDB takes over every write at once', () => openFresh({ clock: new HurriedClock() }));
describeRevisionStore('a thread of its own takes over every write at once', () =>
  openFresh({ clock: new HurriedClock(), writer: writer.program }),
);
testBoundedHistory(openFresh);
testBoundedHistory((options) => openFresh({ ...options, writer: writer.program }));

test('reopened -> same revision, same entries, history replays', async () => {
  const path = freshPath();
  const first = await openLmdbStore({ path, log });
  for (let i = 0; i < 30; i++)
    await first.put(`/k/${i % 7}`, Buffer.from(`${i}`), (await first.get(`/k/${i % 7}`))?.modRevision ?? 0);
  await first.compact(10);
  const before = await first.list({ prefix: '/' });
  await first.close();

  const second = await openLmdbStore({ path, log });
  expect(second.currentRevision()).toBe(30);
  expect(second.compactedRevision()).toBe(10);
  expect(await second.list({ prefix: '/' })).toEqual(before);
  const stop = new AbortController();
  for await (const events of second.watch({ prefix: '/', afterRevision: 10, signal: stop.signal })) {
    expect(events).toHaveLength(20);
    stop.abort();
  }
  await second.close();
});

test('a key that LMDB can not take -> refused before anything is written, and the store goes on', async () => {
  const path = freshPath();
  const store = await openLmdbStore({ path, log });
  const keyOf = (length: number): string => `/é/${'x'.repeat(length - 4)}`;
  expect(await store.put(keyOf(1_969), bytes('1'), 0)).toEqual({ ok: true, revision: 1 });
  for (const key of [keyOf(1_970), keyOf(3_000), ''])
    await expect(store.put(key, bytes('1'), 0)).rejects.toBeInstanceOf(ValueTooLargeError);
  expect(await store.put(keyOf(1_969), bytes('2'), 1)).toEqual({ ok: true, revision: 2 });
  expect(await store.delete(keyOf(1_969), 2)).toEqual({ ok: true, revision: 3 });
  await store.close();
});

describe('the takeover', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('history is forgotten while LMDB lacks most of it -> the newest state stays readable, nothing is left behind', async () => {
    const path = freshPath();
    const store = await openLmdbStore({ path, log, clock: new FakeClock() });
    const large = Buffer.alloc(1024 * 1024);
    for (let revision = 0; revision < 10; revision++) await store.put('/a', large, revision);
    let isDone = false;
    const compaction = store.compact(10).then(() => (isDone = true));
    for (; !isDone; await turn()) {
      expect(store.compactedRevision()).toBeLessThanOrEqual(store.currentRevision());
      expect((await store.list({ prefix: '/' })).entries).toHaveLength(1);
      expect((await store.get('/a', { revision: 10 }))?.modRevision).toBe(10);
    }
    await compaction;
    await store.close();
    const left = ({ tables: { versions, history } }: OpenTables): number[] => [versions.getCount(), history.getCount()];
    expect(await inTables(path, left)).toEqual([0, 0]);
  });

  test('each begins while a write is under way -> the log stays small', async () => {
    const path = freshPath();
    const clock = new FakeClock();
    const store = await openLmdbStore({ path, log, clock });
    for (let revision = 0; revision < 100; revision++) {
      const writing = store.put('/a', Buffer.alloc(100_000), revision);
      await turn();
      await Promise.all([clock.advance(100), writing]);
    }
    const sizes = ['log-0', 'log-1'].map((name) => statSync(join(path, name)).size);
    expect(Math.max(...sizes)).toBeLessThan(5_000_000);
    await store.close();
  });

  test('a write comes while it has much to do -> LMDB has it after a while, too', async () => {
    const path = freshPath();
    const clock = new FakeClock();
    const store = await openLmdbStore({ path, log, clock });
    const large = Buffer.alloc(1024 * 1024);
    await Promise.all(Array.from({ length: 8 }, (_, n) => store.put(`/${n}`, large, 0)));
    await store.put('/late', bytes('1'), 0);
    await vi.waitFor(async () => {
      await clock.advance(100);
      const copy = freshPath();
      cpSync(join(path, 'data.mdb'), join(copy, 'data.mdb'));
      expect(await inTables(copy, ({ tables }) => tables.meta.get('revision'))).toBe(9);
    });
    await store.close();
  });

  test('one begins while history starts anew -> what is forgotten stays forgotten', async () => {
    const clock = new FakeClock();
    const store = await openLmdbStore({ path: freshPath(), log, clock });
    await store.put('/a', bytes('1'), 0);
    await store.compact(1);
    const advanced = store.advanceTo(1_000);
    await turn();
    await Promise.all([clock.advance(100), advanced]);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(store.compactedRevision()).toBe(1_000);
    await store.close();
  });
});

describe('a damaged or foreign folder', () => {
  async function filled(): Promise<string> {
    const path = freshPath();
    const store = await openLmdbStore({ path, log });
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => store.put(`/k/${i}`, Buffer.alloc(i % 9 === 0 ? 9_000 : 700, i), 0)),
    );
    await store.close();
    return path;
  }

  test.each<{ name: string; damage: (file: string) => void }>([
    { name: 'text in place of the file', damage: (file) => writeFileSync(file, 'not a database\n'.repeat(2_000)) },
    { name: 'cut to half a page', damage: (file) => truncateSync(file, 2_048) },
    { name: 'cut to its first pages', damage: (file) => truncateSync(file, 8_192) },
    { name: 'cut in the middle', damage: (file) => truncateSync(file, Math.floor(statSync(file).size / 2)) },
    { name: 'zeros over the first pages', damage: (file) => overwrite(file, 0, Buffer.alloc(8_192)) },
    {
      name: 'noise over everything but the first pages',
      damage: (file) => overwrite(file, 8_192, Buffer.alloc(statSync(file).size - 8_192, 0x5a)),
    },
  ])('$name -> CorruptStoreError with a remedy, file untouched', async ({ damage }) => {
    const path = await filled();
    const file = join(path, 'data.mdb');
    damage(file);
    const before = readFileSync(file);
    const error = await openLmdbStore({ path, log }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CorruptStoreError);
    expect(String(error)).toContain('from a backup');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('format of a newer version -> UnsupportedFormatError', async () => {
    const path = await filled();
    const root = open({ path, noSubdir: false, maxDbs: 8, overlappingSync: false });
    await root.openDB<number, string>('meta', { encoding: 'json' }).put('format', 5);
    await root.close();
    const error = await openLmdbStore({ path, log }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsupportedFormatError);
    expect(error).toMatchObject({ found: 5, supported: 4 });
  });

  test('law: a page overwritten with noise -> refused, or passes only if no page of the tree changed its shape', async () => {
    const path = await filled();
    const file = join(path, 'data.mdb');
    const pristine = readFileSync(file);
    checkDataFile(file);
    fc.assert(
      fc.property(
        fc.nat(pristine.length / 4096 - 1),
        fc.uint8Array({ minLength: 24, maxLength: 200 }),
        (page, noise) => {
          writeFileSync(file, pristine);
          overwrite(file, page * 4096, Buffer.from(noise));
          try {
            checkDataFile(file);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptStoreError);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function overwrite(file: string, offset: number, data: Buffer): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, data, 0, data.length, offset);
  closeSync(fd);
}

test('a folder of format 1 -> same entries, history replays with what was before', async () => {
  const path = freshPath();
  const root = open({ path, noSubdir: false, maxDbs: 8, overlappingSync: false });
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const [latest, versions, history] = ['latest', 'versions', 'history'].map((name) =>
    root.openDB<Buffer, Buffer>(name, binary),
  );
  const meta = root.openDB<number, string>('meta', { encoding: 'json' });
  const put = (at: { revision: number; previousRevision: number; value: string }): void => {
    const { revision, previousRevision, value: written } = at;
    const value = Buffer.from(written);
    void versions?.put(
      versionKey('/a', revision),
      encodeVersion({ kind: 'put', createRevision: 1, previousRevision, value }),
    );
    void history?.put(revisionKey(revision), Buffer.from('/a'));
    void latest?.put(Buffer.from('/a'), encodeLatest({ key: '/a', value, createRevision: 1, modRevision: revision }));
  };
  await root.batch(() => {
    put({ revision: 1, previousRevision: 0, value: 'old' });
    put({ revision: 2, previousRevision: 1, value: 'new' });
    for (const [key, value] of Object.entries({ format: 1, revision: 2, compacted: 0 })) void meta.put(key, value);
  });
  await root.close();

  for (const _ of ['converts', 'is converted']) {
    const store = await openLmdbStore({ path, log });
    expect(brief(await store.get('/a'))).toBe('/a=new c1 m2');
    expect(brief(await store.get('/a', { revision: 1 }))).toBe('/a=old c1 m1');
    expect((await take(store, { prefix: '/', afterRevision: 0, count: 2 })).map(briefEvent)).toEqual([
      'put /a=old c1 m1 was undefined',
      'put /a=new c1 m2 was /a=old c1 m1',
    ]);
    await store.close();
  }
});

/** What the tables of a store hold, as LMDB has them. */
async function inTables<T>(path: string, use: (tables: OpenTables) => T | Promise<T>): Promise<T> {
  const opened = await openTables(path);
  try {
    return await use(opened);
  } finally {
    await opened.root.close();
  }
}

test.each([2, 3, 4])(
  'a folder of format %d, compacted -> nothing is left of a key that was deleted',
  async (format) => {
    const path = freshPath();
    const store = await openLmdbStore({ path, log });
    await store.put('/a', bytes('old'), 0);
    await store.delete('/a', 1);
    await store.put('/b', bytes('last'), 0);
    await store.close();
    await inTables(path, async ({ root, tables: { history, meta } }) => {
      const unmarked = { key: '/a', previousRevision: 1, isDeletion: false };
      await root.batch(() => {
        if (format === 2) void history.put(revisionKey(2), encodeHistory(unmarked));
        if (format < 4) void meta.remove('store');
        void meta.put('format', format);
      });
    });

    const again = await openLmdbStore({ path, log });
    expect(brief(await again.get('/a', { revision: 1 }))).toBe('/a=old c1 m1');
    await again.compact(3);
    await again.close();
    expect(await inTables(path, ({ tables }) => tables.versions.getCount())).toBe(0);
  },
);
