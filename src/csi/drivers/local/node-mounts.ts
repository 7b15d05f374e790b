// How are a volume's mounts made, checked, grown and taken away?

import { open, readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { type MountEntry, readMounts } from '../../../base/mountinfo.ts';
import { RpcError } from '../../rpc-error.ts';
import { CommandError, runCommand } from './command.ts';
import { isNotFound } from './files.ts';
import { volumeOfDevice } from './node-devices.ts';

/** A mount of a volume, and the device behind it. */
export interface VolumeMount extends MountEntry {
  /** `/dev/loop4` */
  device: string;
  isBlock: boolean;
}

/** What of this volume is mounted exactly at `target`, or undefined. */
export async function findVolumeMount(target: string, volumeId: string): Promise<VolumeMount | undefined> {
  const canonical = await canonicalPath(target);
  const mount = (await readMounts()).findLast(({ mountPoint }) => mountPoint === canonical);
  const device = mount && (await deviceOf(mount));
  if (!device || (await volumeOfDevice(device)) !== volumeId) return undefined;
  return { ...mount, device, isBlock: isDeviceFile(mount) };
}

/** Where else is this device mounted or bound, the given paths aside? */
export async function otherMountPoints(device: string, except: string[]): Promise<string[]> {
  const known = await Promise.all(except.map(canonicalPath));
  const others = (await readMounts()).filter(({ mountPoint }) => !known.includes(mountPoint));
  const devices = await Promise.all(others.map(deviceOf));
  return others.filter((_, index) => devices[index] === device).map(({ mountPoint }) => mountPoint);
}

export interface FileSystemMount {
  device: string;
  target: string;
  flags: string[];
}

/** Mounts the XFS on a device. Snapshots and clones share their source's UUID, hence `nouuid`. */
export async function mountDevice({ device, target, flags }: FileSystemMount, signal: AbortSignal): Promise<void> {
  const isSmaller = await isSmallerThanDevice(device);
  await runCommand(['mount', '-t', 'xfs', '-o', ['noatime', 'nouuid', ...flags].join(','), device, target], signal);
  // A volume that was made larger than its source carries the source's file system.
  if (isSmaller) await runCommand(['xfs_growfs', '-d', target], signal);
}

export interface BindMount {
  source: string;
  target: string;
  readOnly: boolean;
}

export async function bindMount({ source, target, readOnly }: BindMount, signal: AbortSignal): Promise<void> {
  await runCommand(['mount', '--bind', ...(readOnly ? ['-o', 'ro'] : []), source, target], signal);
}

/** Unmounts everything that is stacked at `target`. Never lazily: a lazy unmount leaves its writers writing. */
export async function unmountAll(target: string, signal: AbortSignal): Promise<void> {
  const canonical = await canonicalPath(target);
  while ((await readMounts()).some(({ mountPoint }) => mountPoint === canonical)) {
    try {
      await runCommand(['umount', canonical], signal);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new RpcError('INTERNAL', `Cannot unmount ${canonical}: ${error.stderr.trim()}`, { cause: error });
    }
  }
}

/** Bytes of a block device. */
export async function deviceBytes(device: string): Promise<number> {
  return Number(await readFile(`/sys/class/block/${path.basename(device)}/size`, 'utf8')) * 512;
}

// XFS writes the fields of its superblock in network order: magic, block size at 4, number of data blocks at 8.
async function isSmallerThanDevice(device: string): Promise<boolean> {
  const handle = await open(device, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    if (buffer.toString('latin1', 0, 4) !== 'XFSB') {
      throw new RpcError('FAILED_PRECONDITION', `${device} holds no XFS file system`);
    }
    const blockBytes = buffer.readUInt32BE(4);
    const fileSystemBytes = Number(buffer.readBigUInt64BE(8)) * blockBytes;
    return fileSystemBytes + blockBytes <= (await deviceBytes(device));
  } finally {
    await handle.close();
  }
}

function isDeviceFile({ fsType, root }: MountEntry): boolean {
  return fsType === 'devtmpfs' && root.startsWith('/loop');
}

async function deviceOf(mount: MountEntry): Promise<string | undefined> {
  if (isDeviceFile(mount)) return `/dev${mount.root}`;
  if (!mount.device.startsWith('7:')) return undefined;
  try {
    return `/dev/${path.basename(await readlink(`/sys/dev/block/${mount.device}`))}`;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function canonicalPath(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if (isNotFound(error)) return path.resolve(target);
    // A shut-down or revoked file system refuses the look-up; it is mounted under the plain path.
    if (['EIO', 'ENOTCONN', 'ESTALE'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return path.resolve(target);
    throw error;
  }
}
