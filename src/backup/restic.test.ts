// Does a volume come back as it was? The movers' programs, run with the real restic in temporary folders.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MoverResult, parseMoverResult } from './mover-result.ts';
import { downloadScript, forgetScript, uploadScript } from './restic-script.ts';

const hasRestic = spawnSync('restic', ['version']).status === 0;
const isRoot = process.getuid?.() === 0;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amarre-restic-'));
  mkdirSync(join(folder, 'location/restic'), { recursive: true });
});

afterEach(() => {
  spawnSync('umount', [join(folder, 'location/restic')], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a mover's program as its pod would. */
function runMover(script: string, volume: string, environment: Record<string, string> = {}): MoverResult {
  const message = join(folder, 'message');
  rmSync(message, { force: true });
  const { status } = spawnSync('/bin/sh', ['-c', script], {
    env: {
      RESULT: message,
      ROOT: '',
      PATH: process.env['PATH'],
      VOLUME: volume,
      FOLDER: join(folder, 'location/restic'),
      RESTIC_REPOSITORY: join(folder, 'location/restic/shop'),
      RESTIC_PASSWORD: 'secret',
      TAG: 'test',
      ...environment,
    },
  });
  return parseMoverResult(status ?? -1, existsSync(message) ? readFileSync(message, 'utf8') : '');
}

function volumeAt(name: string): string {
  const path = join(folder, name, 'data');
  mkdirSync(path, { recursive: true });
  return path;
}

test.runIf(hasRestic)('a volume without a file -> stored, restored with mode and time, and forgotten', () => {
  const source = volumeAt('source');
  chmodSync(source, 0o2750);
  utimesSync(source, 1_000_000, 1_000_000);
  const stored = runMover(uploadScript, source);
  if (!stored.succeeded) throw new Error(stored.message);
  expect(stored).toMatchObject({ snapshotId: expect.stringMatching(/^0{64}$/) as string, bytes: 0 });
  const target = volumeAt('target');
  const { snapshotId: SNAPSHOT = '', root: ROOT = '' } = stored;
  expect(runMover(downloadScript, target, { SNAPSHOT, ROOT })).toMatchObject({ succeeded: true });
  expect(readdirSync(target)).toEqual([]);
  expect(statSync(target).mode & 0o7777).toBe(0o2750);
  expect(runMover(forgetScript, target, { SNAPSHOTS: SNAPSHOT })).toMatchObject({ succeeded: true });
});

test.runIf(hasRestic)(
  'store, change, store, restore the first -> content, owners, modes, times and links of the first',
  () => {
    const source = volumeAt('source');
    writeFileSync(join(source, 'rows'), 'one');
    symlinkSync('rows', join(source, 'link'));
    if (isRoot) chownSync(source, 1234, 1235);
    chmodSync(source, 0o2700);
    utimesSync(source, 1_000_000, 1_000_000);
    const first = runMover(uploadScript, source);
    writeFileSync(join(source, 'rows'), 'two');
    const second = runMover(uploadScript, source);
    expect([first, second]).toMatchObject([{ succeeded: true, bytes: 3 }, { succeeded: true }]);
    if (!first.succeeded || !first.snapshotId) throw new Error('no snapshot');
    expect(first.snapshotId).toMatch(/^[0-9a-f]{64}$/);

    const target = volumeAt('target');
    expect(runMover(downloadScript, target, { SNAPSHOT: first.snapshotId, ROOT: first.root ?? '' })).toMatchObject({
      succeeded: true,
    });
    expect(readFileSync(join(target, 'link'), 'utf8')).toBe('one');
    const { uid, mode, mtimeMs } = statSync(target);
    expect({ uid, mode: mode & 0o7777, mtimeMs }).toEqual({
      uid: isRoot ? 1234 : uid,
      mode: 0o2700,
      mtimeMs: 1_000_000_000,
    });
  },
  60_000,
);

test.runIf(hasRestic)(
  'two movers at once make the repository -> both succeed with one key',
  async () => {
    const volumes = ['a', 'b'].map(volumeAt);
    for (const volume of volumes) writeFileSync(join(volume, 'file'), volume);
    // A crashed first mover left a key behind.
    mkdirSync(join(folder, 'location/restic/shop/keys'), { recursive: true });
    writeFileSync(join(folder, 'location/restic/shop/keys/stale'), '{}');
    const { spawn } = await import('node:child_process');
    const statuses = await Promise.all(
      volumes.map(
        (volume, index) =>
          new Promise<number | null>((resolve) => {
            const child = spawn('/bin/sh', ['-c', uploadScript], {
              env: {
                PATH: process.env['PATH'],
                VOLUME: volume,
                FOLDER: join(folder, 'location/restic'),
                RESTIC_REPOSITORY: join(folder, 'location/restic/shop'),
                RESTIC_PASSWORD: 'secret',
                TAG: 't',
                RESULT: join(folder, `message-${index}`),
              },
              stdio: 'ignore',
            });
            child.on('close', resolve);
          }),
      ),
    );
    expect(statuses).toEqual([0, 0]);
    expect(readdirSync(join(folder, 'location/restic/shop/keys'))).toHaveLength(1);
  },
  60_000,
);

test.runIf(hasRestic && isRoot).each([
  {
    name: 'read-only repository folder -> final, names the folder',
    mount: ['-o', 'ro'],
    want: /location\/restic: it is read-only/,
  },
  {
    name: 'full repository folder -> final, names the folder',
    mount: ['-o', 'size=1m'],
    want: /location\/restic: the disk is full/,
  },
])(
  '$name',
  ({ mount, want }) => {
    const mounted =
      spawnSync('mount', ['-t', 'tmpfs', ...mount, 'tmpfs', join(folder, 'location/restic')]).status === 0;
    if (!mounted) return;
    const source = volumeAt('source');
    writeFileSync(join(source, 'noise'), spawnSync('head', ['-c', '3000000', '/dev/urandom']).stdout);
    const result = runMover(uploadScript, source);
    expect(result).toMatchObject({ succeeded: false, canRetry: false, message: expect.stringMatching(want) as string });
  },
  60_000,
);

test.runIf(hasRestic)(
  'config lost from a repository with data -> damaged, and nothing is removed',
  () => {
    const source = volumeAt('source');
    writeFileSync(join(source, 'file'), 'x');
    expect(runMover(uploadScript, source).succeeded).toBe(true);
    rmSync(join(folder, 'location/restic/shop/config'));
    expect(runMover(uploadScript, source)).toMatchObject({
      succeeded: false,
      canRetry: false,
      message: expect.stringContaining('is damaged') as string,
    });
    expect(readdirSync(join(folder, 'location/restic/shop/keys'))).toHaveLength(1);
  },
  60_000,
);

test.runIf(hasRestic)(
  'no such snapshot, no such repository -> a clear failure',
  () => {
    const target = volumeAt('target');
    expect(runMover(downloadScript, target, { SNAPSHOT: 'abcd' })).toMatchObject({
      succeeded: false,
      message: expect.stringContaining('There is no repository') as string,
    });
    const source = volumeAt('source');
    writeFileSync(join(source, 'file'), 'x');
    runMover(uploadScript, source);
    expect(runMover(downloadScript, target, { SNAPSHOT: 'abcd' })).toMatchObject({
      succeeded: false,
      message: expect.stringContaining('restic restore of abcd') as string,
    });
  },
  60_000,
);

test('no restic on the node -> says what to install', () => {
  expect(runMover(uploadScript, volumeAt('source'), { PATH: '/nonexistent' })).toEqual({
    succeeded: false,
    canRetry: false,
    message: 'restic is not installed on the node',
  });
});

test.each<{ name: string; exitCode: number; message: string; want: unknown }>([
  {
    name: 'success -> figures',
    exitCode: 0,
    message: 'snapshot abc\nversion 0.14.0\n{"total_bytes_processed":7,"data_added":3}\n',
    want: { succeeded: true, snapshotId: 'abc', bytes: 7, bytesAdded: 3, resticVersion: '0.14.0', root: undefined },
  },
  {
    name: 'summary cut off -> success without figures',
    exitCode: 0,
    message: 'snapshot abc\nversion 0.14.0\n{"total_by',
    want: { succeeded: true, snapshotId: 'abc', bytes: 0, bytesAdded: 0, resticVersion: '0.14.0', root: undefined },
  },
  {
    name: 'killed without a word -> may be tried again',
    exitCode: 137,
    message: '',
    want: { succeeded: false, message: 'The mover ended with exit code 137 and said nothing', canRetry: true },
  },
  {
    name: 'exit code 0 without a result -> failure',
    exitCode: 0,
    message: '',
    want: {
      succeeded: false,
      message: 'The mover left no result in the location: do all nodes see the same folder there?',
      canRetry: true,
    },
  },
  {
    name: 'full disk -> final',
    exitCode: 22,
    message: 'error Full\nCannot write to /b: the disk is full\n',
    want: { succeeded: false, message: 'Cannot write to /b: the disk is full', canRetry: false },
  },
  {
    name: 'full disk that took no message -> final',
    exitCode: 22,
    message: '',
    want: { succeeded: false, message: 'Cannot write to the repository folder: the disk is full', canRetry: false },
  },
])('parseMoverResult: $name', ({ exitCode, message, want }) => {
  expect(parseMoverResult(exitCode, message)).toEqual(want);
});

test.runIf(hasRestic)(
  'forget one of two snapshots, twice -> that one is gone, the other restores',
  () => {
    const source = volumeAt('source');
    writeFileSync(join(source, 'rows'), 'one');
    const first = runMover(uploadScript, source);
    writeFileSync(join(source, 'rows'), 'two');
    const second = runMover(uploadScript, source);
    if (!first.succeeded || !second.succeeded) throw new Error('no snapshots');
    const forget = () => runMover(forgetScript, '', { SNAPSHOTS: first.snapshotId ?? '' });
    expect([forget(), forget()]).toMatchObject([{ succeeded: true }, { succeeded: true }]);
    const target = volumeAt('target');
    expect(runMover(downloadScript, target, { SNAPSHOT: first.snapshotId ?? '' }).succeeded).toBe(false);
    expect(runMover(downloadScript, target, { SNAPSHOT: second.snapshotId ?? '' }).succeeded).toBe(true);
    expect(readFileSync(join(target, 'rows'), 'utf8')).toBe('two');
  },
  60_000,
);
