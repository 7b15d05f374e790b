// Does the log keep what it acknowledged, and say what it lacks?

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { CorruptStoreError, StoreFullError } from './errors.ts';
import { type Entry, type StoreEvent } from './types.ts';
import { revisionOf } from './watch.ts';
import { readLogFiles, WriteLog, writesOf } from './write-log.ts';
import { decodeLog, encodeBatch, type LoggedWrite } from './write-log-records.ts';

const store = 0xabcd_ef01_2345;
let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'amarre-log-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const logged = async (path: string, revision: number): Promise<LoggedWrite[]> =>
  writesOf(await readLogFiles(path), { store, revision });

const freshPath = (): string => mkdtempSync(join(scratch, 'log-'));

const entryOf = (revision: number, value = `value ${revision}`): Entry => ({
  key: `/k/é${revision % 3}`,
  value: Buffer.from(value),
  createRevision: Math.max(1, revision - 1),
  modRevision: revision,
});

/** One event for each revision from `first` to `last`; each fifth is a deletion. */
function eventsFrom(first: number, last: number): StoreEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index): StoreEvent => {
    const entry = entryOf(first + index);
    return entry.modRevision % 5 === 0
      ? { type: 'delete', key: entry.key, revision: entry.modRevision, previous: entry }
      : { type: 'put', entry, previous: undefined };
  });
}

const brief = ({ key, revision, createRevision, value }: LoggedWrite): string =>
  value ? `${revision} ${key}=${Buffer.from(value).toString()} c${createRevision}` : `${revision} ${key} gone`;
const briefEvents = (events: StoreEvent[]): string[] =>
  events.map((event) =>
    event.type === 'put'
      ? brief({ ...event.entry, revision: event.entry.modRevision })
      : brief({ ...event, createRevision: 0, value: undefined }),
  );

const revisionsOf = (writes: LoggedWrite[]): number[] => writes.map(({ revision }) => revision);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('law: what was encoded in batches is decoded, after any revision', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 8 }), fc.nat(60), (sizes, revision) => {
      let last = 0;
      const batches = sizes.map((size) => eventsFrom(last + 1, (last += size)));
      const file = Buffer.concat(batches.map((batch) => encodeBatch(store, batch)));
      const all = batches.flat();
      const { writes } = decodeLog(file, { store, revision });
      expect(writes.map(brief)).toEqual(briefEvents(all.filter((event) => revisionOf(event) > revision)));
    }),
  );
});

test('cut anywhere -> all batches before the cut, and the next one belongs behind them', () => {
  const [first, second] = [encodeBatch(store, eventsFrom(1, 3)), encodeBatch(store, eventsFrom(4, 6))];
  const whole = Buffer.concat([first, second]);
  for (let bytes = 0; bytes < whole.length; bytes++) {
    const { writes, end } = decodeLog(whole.subarray(0, bytes), { store, revision: 0 });
    const isFirstWhole = bytes >= first.length;
    expect({ bytes, revisions: revisionsOf(writes), end }).toEqual({
      bytes,
      revisions: isFirstWhole ? [1, 2, 3] : [],
      end: isFirstWhole ? first.length : 0,
    });
  }
});

test.each<{ name: string; file: Buffer[]; revision: number; want: number[] }>([
  { name: 'nothing', file: [], revision: 0, want: [] },
  { name: 'zeros', file: [Buffer.alloc(5_000)], revision: 0, want: [] },
  { name: 'the log of another store', file: [encodeBatch(store + 1, eventsFrom(1, 3))], revision: 0, want: [] },
  { name: 'what LMDB has', file: [encodeBatch(store, eventsFrom(1, 3))], revision: 3, want: [] },
  {
    name: 'the remains of older batches behind a newer one',
    file: [
      encodeBatch(store, eventsFrom(11, 12)),
      encodeBatch(store, eventsFrom(1, 9)).subarray(90),
      encodeBatch(store, eventsFrom(10, 10)),
    ],
    revision: 10,
    want: [11, 12],
  },
  {
    name: 'a newer batch behind a damaged one',
    file: [
      encodeBatch(store, eventsFrom(1, 2)),
      encodeBatch(store, eventsFrom(3, 4)).fill(0x5a, 30),
      encodeBatch(store, eventsFrom(5, 6)),
    ],
    revision: 0,
    want: [1, 2, 5, 6],
  },
])('$name -> revisions $want', ({ file, revision, want }) => {
  expect(revisionsOf(decodeLog(Buffer.concat(file), { store, revision }).writes)).toEqual(want);
});

/** Appends the revisions of each batch, with a takeover where it says so. */
async function appended(
  path: string,
  steps: ([number, number] | 'seal' | { release: number })[],
  revision = 0,
): Promise<void> {
  const { log } = await WriteLog.open({ path, store, revision });
  for (const step of steps) {
    if (step === 'seal') log.seal();
    else if ('release' in step) log.release(step.release);
    else await log.append(eventsFrom(...step));
  }
  await log.close();
}

test.each<{
  name: string;
  steps: ([number, number] | 'seal' | { release: number })[];
  revision: number;
  want: number[];
}>([
  {
    name: 'no takeover',
    steps: [
      [1, 2],
      [3, 3],
    ],
    revision: 0,
    want: upTo(1, 3),
  },
  { name: 'in the midst of a takeover', steps: [[1, 2], 'seal', [3, 4]], revision: 0, want: upTo(1, 4) },
  { name: 'after it', steps: [[1, 2], 'seal', [3, 4], { release: 2 }, [5, 5]], revision: 2, want: upTo(3, 5) },
  {
    name: 'a second one',
    steps: [[1, 2], 'seal', [3, 4], { release: 2 }, 'seal', [5, 5]],
    revision: 2,
    want: upTo(3, 5),
  },
  {
    name: 'half of one',
    steps: [[1, 2], [3, 4], 'seal', [5, 6], { release: 2 }, 'seal', [7, 7]],
    revision: 1,
    want: upTo(2, 7),
  },
  {
    name: 'half of what is in the one file',
    steps: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    revision: 3,
    want: upTo(4, 6),
  },
  {
    name: 'revisions that were left out',
    steps: [
      [1, 2],
      [90, 91],
      [92, 93],
    ],
    revision: 90,
    want: upTo(91, 93),
  },
  {
    name: 'one that failed, and another',
    steps: [[1, 2], 'seal', [3, 4], 'seal', [5, 5]],
    revision: 0,
    want: upTo(1, 5),
  },
  {
    name: 'both files written over',
    steps: [[1, 9], 'seal', [10, 19], { release: 9 }, 'seal', [20, 21], { release: 19 }, 'seal', [22, 22]],
    revision: 19,
    want: upTo(20, 22),
  },
])('reopened, $name -> revisions $want, and goes on', async ({ steps, revision, want }) => {
  const path = freshPath();
  await appended(path, steps);
  expect(revisionsOf(await logged(path, revision))).toEqual(want);
  const next = (want.at(-1) ?? revision) + 1;
  await appended(path, [[next, next + 1], 'seal', [next + 2, next + 2]], revision);
  const { log, writes } = await WriteLog.open({ path, store, revision });
  await log.close();
  expect(revisionsOf(writes)).toEqual([...want, ...upTo(next, next + 2)]);
});

test('a batch in the middle is damaged -> CorruptStoreError that names the revision, files untouched', async () => {
  const path = freshPath();
  await appended(path, [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const file = join(path, 'log-0');
  const bytes = readFileSync(file);
  const at = encodeBatch(store, eventsFrom(1, 2)).length + 40;
  bytes.writeUInt8(0xff - bytes.readUInt8(at), at);
  writeFileSync(file, bytes);
  const error = await WriteLog.open({ path, store, revision: 0 }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CorruptStoreError);
  expect(String(error)).toContain('its log is damaged: revision 3 is not in it, but 5 is');
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

describe('what the file system does', () => {
  /** Of all file handles. */
  async function handles(path: string): Promise<FileHandle> {
    const handle = await open(path, 'r');
    await handle.close();
    return Object.getPrototypeOf(handle) as FileHandle;
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('a log is opened -> what was read of it is flushed: whoever wrote it may not have come so far', async () => {
    const path = freshPath();
    await appended(path, [[1, 2], 'seal', [3, 3]]);
    const flushed = vi.spyOn(await handles(path), 'datasync');
    const { log, writes } = await WriteLog.open({ path, store, revision: 0 });
    expect(flushed).toHaveBeenCalledTimes(2);
    await log.close();
    expect(revisionsOf(writes)).toEqual([1, 2, 3]);
  });

  test('the disk reports an error for a batch that it has -> the batch is refused, and not there after a start', async () => {
    const path = freshPath();
    const { log } = await WriteLog.open({ path, store, revision: 0 });
    await log.append(eventsFrom(1, 2));
    const prototype = await handles(path);
    const write: unknown = Object.getOwnPropertyDescriptor(prototype, 'write')?.value;
    vi.spyOn(prototype, 'write').mockImplementationOnce(async function (this: FileHandle, ...args: unknown[]) {
      await Reflect.apply(write as FileHandle['write'], this, args);
      throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    });
    await expect(log.append(eventsFrom(3, 4))).rejects.toThrow('the disk reports an error');
    await log.close();
    expect(revisionsOf(await logged(path, 0))).toEqual([1, 2]);
  });
});

test('what is kept of a log -> does not keep all of the file in memory', () => {
  const file = Buffer.concat([encodeBatch(store, eventsFrom(1, 2)), Buffer.alloc(1024 * 1024)]);
  for (const { value } of decodeLog(file, { store, revision: 0 }).writes)
    expect(value?.buffer.byteLength).toBeLessThan(10_000);
});

test('its files are for their owner alone', async () => {
  const path = freshPath();
  await appended(path, [[1, 1]]);
  for (const name of ['log-0', 'log-1']) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
});

test('the end is cut off by a crash -> what was whole, and goes on behind it', async () => {
  const path = freshPath();
  await appended(path, [
    [1, 2],
    [3, 4],
  ]);
  truncateSync(join(path, 'log-0'), statSync(join(path, 'log-0')).size - 1);
  await appended(path, [[3, 3]]);
  const { log, writes } = await WriteLog.open({ path, store, revision: 0 });
  await log.close();
  expect(revisionsOf(writes)).toEqual([1, 2, 3]);
});

test.runIf(process.getuid?.() === 0)(
  'no room for a batch -> StoreFullError, and the next one takes its place',
  async () => {
    const mountPoint = mkdtempSync(join(tmpdir(), 'amarre-log-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'amarre-full-disk', mountPoint]);
    try {
      const { log } = await WriteLog.open({ path: mountPoint, store, revision: 0 });
      const large: StoreEvent = { type: 'put', entry: entryOf(3, 'x'.repeat(200_000)), previous: undefined };
      await log.append(eventsFrom(1, 2));
      await expect(log.append([large])).rejects.toBeInstanceOf(StoreFullError);
      // What may be in this file must not be left behind, where it would be read as written.
      log.seal();
      await log.append(eventsFrom(3, 3));
      const kept = freshPath();
      cpSync(mountPoint, kept, { recursive: true });
      await log.close();
      const writes = await logged(kept, 0);
      expect(writes.map(brief)).toEqual(briefEvents(eventsFrom(1, 3)));
      expect(statSync(join(kept, 'log-1')).size).toBe(0);
    } finally {
      execFileSync('umount', ['--lazy', mountPoint]);
      rmSync(mountPoint, { recursive: true });
    }
  },
);
