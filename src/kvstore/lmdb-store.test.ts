import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
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
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { describeRevisionStore, testBoundedHistory } from './conformance.ts';
import { CorruptStoreError, UnsupportedFormatError } from './errors.ts';
import { checkDataFile } from './lmdb-check.ts';
import { openLmdbStore } from './lmdb-store.ts';
import type { StoreUnderTest } from './model.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'amarre-kvstore-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const freshPath = (): string => mkdtempSync(join(scratch, 'store-'));

async function openFresh(options: { keepRevisions?: number }): Promise<StoreUnderTest> {
  const path = mkdtempSync(join(tmpdir(), 'amarre-kvstore-'));
  const store = await openLmdbStore({ path, log, ...options });
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(path, { recursive: true, force: true });
  };
  return { store, close };
}

describeRevisionStore('openLmdbStore', openFresh);
testBoundedHistory(openFresh);

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
    await root.openDB<number, string>('meta', { encoding: 'json' }).put('format', 2);
    await root.close();
    const error = await openLmdbStore({ path, log }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnsupportedFormatError);
    expect(error).toMatchObject({ found: 2, supported: 1 });
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

const writerProgram = (path: string): string => `
  import { openLmdbStore } from ${JSON.stringify(join(import.meta.dirname, 'lmdb-store.ts'))};
  import { silentLogger as log } from ${JSON.stringify(join(import.meta.dirname, '../base/log.ts'))};
  const store = await openLmdbStore({ path: ${JSON.stringify(path)}, log, keepRevisions: 500 });
  console.log('open ' + store.currentRevision());
  const write = async (writer) => {
    for (let n = 0; ; n++) {
      const key = '/w/' + writer + '/' + (n % 5);
      const current = await store.get(key);
      const result = await store.put(key, Buffer.from(JSON.stringify({ writer, n })), current?.modRevision ?? 0);
      if (!result.ok) throw new Error('conflict');
      console.log('ack ' + result.revision + ' ' + key + ' ' + n);
    }
  };
  for (let writer = 0; writer < 64; writer++) void write(writer);
`;

test('SIGKILL of a process with 64 writers, 4 times -> every acknowledged write is there, the revision never goes back', async () => {
  const path = freshPath();
  let highest = 0;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', writerProgram(path)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const acked = new Map<string, { revision: number; n: number }>();
    let acks = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [kind, revision, key, n] = line.split(' ');
      if (kind === 'open') expect(Number(revision)).toBeGreaterThanOrEqual(highest);
      if (kind !== 'ack' || !key) continue;
      acked.set(key, { revision: Number(revision), n: Number(n) });
      highest = Math.max(highest, Number(revision));
      acks += 1;
      if (acks === 1_500 + round * 37) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');

    const store = await openLmdbStore({ path, log });
    expect(store.currentRevision()).toBeGreaterThanOrEqual(highest);
    for (const [key, { revision, n }] of acked) {
      const entry = await store.get(key);
      expect(entry?.modRevision).toBeGreaterThanOrEqual(revision);
      if (entry?.modRevision === revision) expect(JSON.parse(Buffer.from(entry.value).toString())).toMatchObject({ n });
    }
    const { entries, revision } = await store.list({ prefix: '/' });
    expect(Math.max(...entries.map((entry) => entry.modRevision))).toBe(revision);
    await store.close();
  }
  expect(highest).toBeGreaterThan(6_000);
}, 60_000);
