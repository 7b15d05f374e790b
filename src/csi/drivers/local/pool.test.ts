// Is the pool allocated, found again, and refused when the disk has no room?

import { access, mkdtemp, open, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../base/log.ts';
import { readMounts } from '../../../base/mountinfo.ts';
import { systemClock } from '../../../base/system-clock.ts';
import { closePoolOfTest, never, report, whyNoBlockMode } from './driver.fixture.ts';
import { closePool, openPool, type PoolOptions } from './pool.ts';

const why = await whyNoBlockMode();
if (why) report(`The pool is not tested here: ${why}`);

const gibibyte = 2 ** 30;
let folder: string;
let options: PoolOptions;

describe.skipIf(why)('pool', () => {
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'amarre-pool-'));
    const paths = { imagePath: path.join(folder, 'pool.img'), poolDir: path.join(folder, 'pool') };
    options = { ...paths, sizeBytes: gibibyte, reserveBytes: 0, clock: systemClock, log: silentLogger };
  });

  afterEach(async () => {
    await closePoolOfTest(options);
    await rm(folder, { recursive: true });
  });

  test('new -> allocated, mounted; opened again -> the same; closed and opened -> what was in it', async () => {
    const opened = await openPool(options, never);
    expect(opened).toMatchObject({ created: true, sizeBytes: gibibyte });
    expect((await stat(options.imagePath)).blocks * 512).toBeGreaterThanOrEqual(gibibyte);
    await writeFile(path.join(options.poolDir, 'row'), 'x');
    expect(await openPool(options, never)).toEqual({ ...opened, created: false });
    await closePool(options, never);
    await closePool(options, never);
    await expect(access(path.join(options.poolDir, 'row'))).rejects.toThrow('ENOENT');
    await openPool(options, never);
    await access(path.join(options.poolDir, 'row'));
  });

  test('the reserve would be touched -> refused with what is free, and nothing is left', async () => {
    const { bavail, bsize } = await statfs(folder);
    const refused = openPool({ ...options, reserveBytes: bavail * bsize }, never);
    await expect(refused).rejects.toMatchObject({
      name: 'PoolError',
      message: expect.stringMatching(/1\.0 GiB.*are free there/),
    });
    await expect(access(options.imagePath)).rejects.toThrow('ENOENT');
  });

  test('somebody holds it for a moment yet -> closed once it is let go', async () => {
    await openPool(options, never);
    const held = await open(path.join(options.poolDir, 'row'), 'w');
    const closing = closePool(options, never);
    try {
      await systemClock.sleep(200, never);
    } finally {
      await held.close();
    }
    await closing;
    expect((await readMounts()).map(({ mountPoint }) => mountPoint)).not.toContain(options.poolDir);
  });

  test('not a pool -> refused, and its device is let go', async () => {
    await writeFile(options.imagePath, '');
    await truncate(options.imagePath, 2 ** 20);
    await expect(openPool(options, never)).rejects.toMatchObject({ name: 'PoolError' });
    await closePool(options, never);
  });
});
