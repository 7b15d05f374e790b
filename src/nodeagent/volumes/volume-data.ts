// What does the node write down about a mount, so that it knows it again after a restart? vol_data.json.

import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MountEntry, readMounts } from '../../base/mountinfo.ts';
import { publishFolder, publishPath, stagingFolder, stagingPath } from './paths.ts';
import type { PublishedVolume, StagedVolume } from './reconcile.ts';

/** The kubelet's fields, and ours: which attachment was mounted. */
export interface VolumeData {
  specVolID: string;
  volumeHandle: string;
  driverName: string;
  nodeName: string;
  attachmentID: string;
  volumeLifecycleMode: 'Persistent';
  attachmentUID: string;
  epoch: number;
  /** Directory mode: the volume's folder, which containers bind instead of a mount. */
  path?: string;
  /** A raw block volume: the device that containers get. */
  devicePath?: string;
}

const fileName = 'vol_data.json';

/** Writes the record before the mount that it describes. */
export async function writeVolumeData(folder: string, data: VolumeData): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  await writeFile(join(folder, `${fileName}.new`), JSON.stringify(data));
  await rename(join(folder, `${fileName}.new`), join(folder, fileName));
}

export async function readVolumeData(folder: string): Promise<VolumeData | undefined> {
  const text = await readFile(join(folder, fileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as VolumeData);
}

/** Removes record and folder after the unmount. Refuses (ENOTEMPTY) to delete what is still in the folder. */
export async function removeVolumeFolder(folder: string, mountPoint: string): Promise<void> {
  await rm(join(folder, fileName), { force: true });
  await rmdir(mountPoint).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') await unlink(mountPoint);
    else if (error.code !== 'ENOENT') throw error;
  });
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

export interface Reconstructed {
  staged: StagedVolume[];
  published: (PublishedVolume & { data: VolumeData })[];
}

/** Everything that records and mount table show together, marked uncertain. Records without a mount are removed. */
export async function reconstructVolumes(nodeDir: string): Promise<Reconstructed> {
  const mounts = new Set((await readMounts()).map((mount: MountEntry) => mount.mountPoint));
  const found: Reconstructed = { staged: [], published: [] };
  for (const { folder, mountPoint, podUID } of await recordFolders(nodeDir)) {
    const data = await known(folder, { mountPoint, mounts });
    if (!data) continue;
    if (podUID === undefined) found.staged.push(volumeOf(data));
    else found.published.push({ ...volumeOf(data), podUID, data });
  }
  return found;
}

/** Removes the records of an earlier boot, whose mounts are gone: nobody may take one for a mount of this boot. */
export async function forgetVolumes(nodeDir: string): Promise<void> {
  for (const { folder } of await recordFolders(nodeDir)) await rm(join(folder, fileName), { force: true });
}

interface RecordFolder {
  folder: string;
  mountPoint: string;
  /** Undefined: staged. */
  podUID: string | undefined;
}

async function recordFolders(nodeDir: string): Promise<RecordFolder[]> {
  const folders: RecordFolder[] = [];
  const csi = join(nodeDir, 'plugins/kubernetes.io/csi');
  for (const driver of await list(csi)) {
    for (const hash of await list(join(csi, driver))) {
      const folder = join(csi, driver, hash);
      folders.push({ folder, mountPoint: stagingPath(folder), podUID: undefined });
    }
  }
  for (const podUID of await list(join(nodeDir, 'pods'))) {
    const volumes = join(nodeDir, 'pods', podUID, 'volumes/kubernetes.io~csi');
    for (const pvName of await list(volumes)) {
      const folder = join(volumes, pvName);
      folders.push({ folder, mountPoint: publishPath(folder), podUID });
    }
  }
  return folders;
}

/** Those of `volumes` that are still mounted, or being worked on. Folders that are not mounted are always there. */
export async function withoutLostMounts<T extends StagedVolume & { podUID?: string }>(
  volumes: T[],
  { nodeDir, isBusy }: { nodeDir: string; isBusy: (volume: T) => boolean },
): Promise<T[]> {
  const mounts = new Set((await readMounts()).map((mount) => mount.mountPoint));
  const isThere = async (volume: T): Promise<boolean> => {
    const { podUID, pvName, driver, volumeHandle } = volume;
    const isPublished = podUID !== undefined;
    const folder = isPublished ? publishFolder(nodeDir, podUID, pvName) : stagingFolder(nodeDir, driver, volumeHandle);
    const mountPoint = isPublished ? publishPath(folder) : stagingPath(folder);
    return isBusy(volume) || mounts.has(mountPoint) || (await readVolumeData(folder))?.path !== undefined;
  };
  const found = await Promise.all(volumes.map(isThere));
  return volumes.filter((_, index) => found[index]);
}

async function known(
  folder: string,
  { mountPoint, mounts }: { mountPoint: string; mounts: Set<string> },
): Promise<VolumeData | undefined> {
  const data = await readVolumeData(folder);
  if (data && (data.path !== undefined || mounts.has(mountPoint))) return data;
  await removeVolumeFolder(folder, mountPoint).catch(() => {});
  return undefined;
}

function volumeOf(data: VolumeData): StagedVolume {
  return {
    driver: data.driverName,
    volumeHandle: data.volumeHandle,
    pvName: data.specVolID,
    attachmentUID: data.attachmentUID,
    epoch: data.epoch,
    isUncertain: true,
  };
}

function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
