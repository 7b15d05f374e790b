// Which file stands behind a loop device, and how is a writer cut off from it?

import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { callAsync } from './kernel.ts';

// linux/loop.h
const loopSetStatus64 = 0x4c04;
const loopGetStatus64 = 0x4c05;
const loopClearFd = 0x4c01;
const loopSetCapacity = 0x4c07;
const loopConfigure = 0x4c0a;
const loopControlGetFree = 0x4c82;
const loopDirectIo = 16;

// struct loop_info64
const infoBytes = 232;
const deviceAt = 0;
const inodeAt = 8;
const sizeLimitAt = 32;
const flagsAt = 52;
const fileNameAt = 56;
const fileNameBytes = 63;

// struct loop_config: fd, block size, a loop_info64, reserved
const configBytes = 304;
const blockSizeAt = 4;
const configInfoAt = 8;

/** What a revoked device still serves: one sector of the old kind, smaller than any block a file system writes. */
const revokedBytes = 512n;

export interface LoopDevice {
  /** `/dev/loop4` */
  device: string;
  /** As the kernel names it; ends in ` (deleted)` when the file was unlinked. */
  backingFile: string;
  revoked: boolean;
}

/**
 * Cuts every writer of a loop device off: writes beyond its first 512 bytes fail with EIO below the file system,
 * in every mount namespace, and none is in flight any more when this resolves (the kernel freezes the device's
 * queue for the change). Idempotent. Rejects with KernelError ENXIO when the device is not bound.
 */
export async function revokeLoopDevice(device: string): Promise<void> {
  await setSizeLimit(device, revokedBytes);
}

/** Undoes `revokeLoopDevice`. */
export async function restoreLoopDevice(device: string): Promise<void> {
  await setSizeLimit(device, 0n);
}

/**
 * Binds `file` to a free loop device with direct I/O and 4096-byte sectors, and returns the device. Sectors of 512
 * bytes would not survive a reflink: XFS then reports 4096 and refuses what was made for 512.
 */
export async function attachLoopDevice(file: string): Promise<string> {
  const backing = await open(file, 'r+');
  try {
    const config = Buffer.alloc(configBytes);
    config.writeUInt32LE(backing.fd, 0);
    config.writeUInt32LE(4096, blockSizeAt);
    config.writeUInt32LE(loopDirectIo, configInfoAt + flagsAt);
    config.write(file.slice(0, fileNameBytes), configInfoAt + fileNameAt);
    for (;;) {
      const device = `/dev/loop${await freeLoopNumber()}`;
      try {
        // A device that is opened for reading only becomes a read-only device.
        await withDevice(device, (handle) => callAsync('ioctl', handle.fd, loopConfigure, config), 'r+');
        return device;
      } catch (error) {
        // Somebody else took the device between the two calls.
        if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
      }
    }
  } finally {
    await backing.close();
  }
}

function freeLoopNumber(): Promise<number> {
  return withDevice('/dev/loop-control', (handle) => callAsync('ioctl', handle.fd, loopControlGetFree, null));
}

/** Makes a loop device as large as its file has become. A revoked device stays revoked. */
export async function resizeLoopDevice(device: string): Promise<void> {
  await withDevice(device, (handle) => callAsync('ioctl', handle.fd, loopSetCapacity, null));
}

/** Unbinds a loop device. A device that is still open or mounted unbinds itself when its last user is gone. */
export async function detachLoopDevice(device: string): Promise<void> {
  await withDevice(device, (handle) => callAsync('ioctl', handle.fd, loopClearFd, null));
}

/** Waits for a change of a loop device. One whose last user left since it was listed has unbound itself: no error. */
export async function unlessGone(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
  }
}

/** The bound loop devices of this machine, from sysfs. */
export async function listLoopDevices(): Promise<LoopDevice[]> {
  const devices = await Promise.all((await loopNames()).map((name) => readLoopDevice(`/dev/${name}`)));
  return devices.filter((device) => device !== undefined);
}

/** One loop device, or undefined when nothing is bound to it. */
export async function readLoopDevice(device: string): Promise<LoopDevice | undefined> {
  const name = path.basename(device);
  const backingFile = await readAttribute(name, 'backing_file');
  if (backingFile === undefined) return undefined;
  const sizeLimit = await readAttribute(name, 'sizelimit');
  return { device, backingFile, revoked: Number(sizeLimit) === Number(revokedBytes) };
}

/**
 * The devices that `file` backs, by its inode and the device of its file system: a path can be shown differently in
 * another mount namespace, and two new file systems give their files the same names and inode numbers. Rejects with
 * ENOENT when `file` does not exist.
 */
export async function loopDevicesOf(file: string): Promise<LoopDevice[]> {
  const { dev, ino } = await stat(file, { bigint: true });
  const names = await loopNames();
  const files = await Promise.all(names.map((name) => readAttribute(name, 'backing_file')));
  const namesakes = names.filter((_, index) => path.basename(files[index] ?? '') === path.basename(file));
  const found: LoopDevice[] = [];
  for (const name of namesakes) {
    const loop = await readLoopDevice(`/dev/${name}`);
    if (!loop) continue;
    const info = await readInfo(loop.device);
    if (info?.readBigUInt64LE(deviceAt) === dev && info.readBigUInt64LE(inodeAt) === ino) found.push(loop);
  }
  return found;
}

async function loopNames(): Promise<string[]> {
  return (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
}

async function readAttribute(name: string, attribute: string): Promise<string | undefined> {
  try {
    return (await readFile(`/sys/block/${name}/loop/${attribute}`, 'utf8')).replace(/\n$/, '');
  } catch (error) {
    // The folder exists only while a file is bound; reading it during the unbinding fails with one of these.
    if (['ENOENT', 'ENXIO', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

async function setSizeLimit(device: string, bytes: bigint): Promise<void> {
  await withDevice(device, async (handle) => {
    const info = Buffer.alloc(infoBytes);
    await callAsync('ioctl', handle.fd, loopGetStatus64, info);
    info.writeBigUInt64LE(bytes, sizeLimitAt);
    await callAsync('ioctl', handle.fd, loopSetStatus64, info);
  });
}

async function readInfo(device: string): Promise<Buffer | undefined> {
  const info = Buffer.alloc(infoBytes);
  try {
    await withDevice(device, (handle) => callAsync('ioctl', handle.fd, loopGetStatus64, info));
    return info;
  } catch (error) {
    // It was unbound since it was listed.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
    throw error;
  }
}

async function withDevice<T>(device: string, task: (handle: FileHandle) => Promise<T>, flags = 'r'): Promise<T> {
  const handle = await open(device, flags);
  try {
    return await task(handle);
  } finally {
    await handle.close();
  }
}
