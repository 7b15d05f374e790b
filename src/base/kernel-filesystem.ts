// How is a mounted file system flushed, stopped or thawed, and a folder locked?

import { type FileHandle, open } from 'node:fs/promises';
import { call, callAsync, KernelError } from './kernel.ts';

const blockFlushBuffers = 0x1261; // BLKFLSBUF, linux/fs.h
const fileSystemThaw = 0xc0045878; // FITHAW, linux/fs.h
const goingDown = 0x8004587d; // XFS_IOC_GOINGDOWN and EXT4_IOC_SHUTDOWN are one number

// Flag 0 freezes, syncs and stops. The other flags acknowledge an fsync that is then lost: never use them as a fence.
const goingDownFlush = 0;

const lockExclusive = 2;
const lockWithoutWaiting = 4;

/** Writes every dirty page of the file system that holds `path` to its device. */
export async function syncFileSystem(path: string): Promise<void> {
  await withPath(path, (handle) => callAsync('syncfs', handle.fd));
}

/**
 * Writes every dirty page of the file system that is mounted from a block device to that device, in whatever mount
 * namespace it is mounted: the ioctl asks the device's holder, and that is the file system.
 */
export async function syncBlockDevice(device: string): Promise<void> {
  await withPath(device, (handle) => callAsync('ioctl', handle.fd, blockFlushBuffers, null));
}

/**
 * Stops the XFS or ext4 that holds `path`: syncs it, then refuses everything with EIO until it is unmounted.
 * What was acknowledged before is on the device.
 */
export async function shutDownFileSystem(path: string): Promise<void> {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(goingDownFlush);
  await withPath(path, (handle) => callAsync('ioctl', handle.fd, goingDown, flags));
}

/**
 * Thaws a frozen file system. `fd` must have been opened before it was shut down: afterwards no path of it opens.
 * Rejects with EINVAL when it is not frozen.
 */
export async function thawFileSystem(fd: number): Promise<void> {
  await callAsync('ioctl', fd, fileSystemThaw, null);
}

/**
 * Takes the lock of a file, creating the file, or returns undefined when another process holds it. The lock lasts
 * until the handle is closed or the process is gone, however it ends.
 */
export async function tryLockFile(path: string): Promise<FileHandle | undefined> {
  const handle = await open(path, 'a', 0o600);
  try {
    call('flock', handle.fd, lockExclusive | lockWithoutWaiting);
    return handle;
  } catch (error) {
    await handle.close();
    if (error instanceof KernelError && ['EWOULDBLOCK', 'EAGAIN'].includes(error.code)) return undefined;
    throw error;
  }
}

async function withPath<T>(path: string, task: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await task(handle);
  } finally {
    await handle.close();
  }
}
