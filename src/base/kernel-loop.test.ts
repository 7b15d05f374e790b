// Is a loop device bound, cut off, restored and let go as its functions say, and a file system stopped?

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shutDownFileSystem } from './kernel-filesystem.ts';
import {
  attachLoopDevice,
  detachLoopDevice,
  loopDevicesOf,
  readLoopDevice,
  resizeLoopDevice,
  restoreLoopDevice,
  revokeLoopDevice,
} from './kernel-loop.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stdout.write('Loop devices are not tested here: not root\n');

let folder: string;
let image: string;
let device: string;

async function setSize(bytes: number): Promise<void> {
  const handle = await open(image, 'a');
  await handle.truncate(bytes);
  await handle.close();
}

/** Writes one sector at `offset` and waits until it is on the device. */
async function writeSector(offset: number): Promise<void> {
  const handle = await open(device, 'r+');
  try {
    await handle.write(Buffer.alloc(4096, 7), 0, 4096, offset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

describe.skipIf(!isRoot)('loop device', () => {
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'amarre-loop-'));
    image = path.join(folder, 'disk.img');
    await setSize(2 ** 20);
    device = await attachLoopDevice(image);
  });

  afterEach(async () => {
    for (const loop of await loopDevicesOf(image)) await detachLoopDevice(loop.device);
    expect(await loopDevicesOf(image)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('bound -> found by its file, and not by a namesake', async () => {
    expect(await loopDevicesOf(image)).toEqual([{ device, backingFile: image, revoked: false }]);
    const namesake = path.join(folder, 'other', 'disk.img');
    await mkdir(path.dirname(namesake));
    await writeFile(namesake, '');
    expect(await loopDevicesOf(namesake)).toEqual([]);
  });

  test('a file of the same name and inode number on another file system -> another device', async () => {
    const folders = [path.join(folder, 'a'), path.join(folder, 'b')];
    const files = folders.map((one) => path.join(one, 'disk.img'));
    try {
      for (const one of folders) {
        await mkdir(one);
        await run('mount', ['-t', 'tmpfs', 'tmpfs', one]);
        await writeFile(path.join(one, 'disk.img'), Buffer.alloc(2 ** 20));
      }
      const [first, second] = await Promise.all(files.map((file) => stat(file)));
      expect(first?.ino).toBe(second?.ino);
      const bound = await attachLoopDevice(files[0] ?? '');
      expect(await loopDevicesOf(files[1] ?? '')).toEqual([]);
      expect(await loopDevicesOf(files[0] ?? '')).toMatchObject([{ device: bound }]);
    } finally {
      for (const loop of await loopDevicesOf(files[0] ?? '')) await detachLoopDevice(loop.device);
      for (const one of folders) await run('umount', ['-l', one]);
    }
  });

  test('revoked -> every write fails; restored -> it works again', async () => {
    await writeSector(8192);
    await revokeLoopDevice(device);
    await revokeLoopDevice(device);
    await expect(readLoopDevice(device)).resolves.toMatchObject({ revoked: true });
    await expect(writeSector(8192)).rejects.toMatchObject({ code: expect.stringMatching(/^(EIO|ENOSPC)$/) });
    await restoreLoopDevice(device);
    await expect(readLoopDevice(device)).resolves.toMatchObject({ revoked: false });
    await writeSector(8192);
  });

  test('file grown -> the device grows with it, unless it is revoked', async () => {
    await setSize(2 ** 21);
    await resizeLoopDevice(device);
    await writeSector(2 ** 21 - 4096);
    await revokeLoopDevice(device);
    await setSize(2 ** 22);
    await resizeLoopDevice(device);
    await expect(writeSector(8192)).rejects.toThrow();
  });

  test('not bound -> undefined, and ENXIO from what needs a device', async () => {
    await detachLoopDevice(device);
    await expect(readLoopDevice(device)).resolves.toBeUndefined();
    await expect(revokeLoopDevice(device)).rejects.toMatchObject({ name: 'KernelError', code: 'ENXIO' });
  });

  test('file system shut down -> refuses writes until it is unmounted', async () => {
    await setSize(300 * 2 ** 20);
    await resizeLoopDevice(device);
    await run('mkfs.xfs', ['-q', '-K', '-s', 'size=4096', device]);
    const mountPoint = path.join(folder, 'mount');
    await mkdir(mountPoint);
    await run('mount', [device, mountPoint]);
    try {
      await writeFile(path.join(mountPoint, 'before'), 'x');
      await shutDownFileSystem(mountPoint);
      await expect(writeFile(path.join(mountPoint, 'after'), 'x')).rejects.toMatchObject({ code: 'EIO' });
    } finally {
      await run('umount', [mountPoint]);
    }
  });
});
