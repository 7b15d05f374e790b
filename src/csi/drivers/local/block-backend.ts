// How do volumes live as loop devices on image files in an XFS pool?

import { constants, copyFile, rename, rm, stat, statfs } from 'node:fs/promises';
import type { Clock } from '../../../base/clock.ts';
import { syncBlockDevice } from '../../../base/kernel-filesystem.ts';
import {
  attachLoopDevice,
  detachLoopDevice,
  type LoopDevice,
  listLoopDevices,
  loopDevicesOf,
  resizeLoopDevice,
  revokeLoopDevice,
  unlessGone,
} from '../../../base/kernel-loop.ts';
import type { Logger } from '../../../base/log.ts';
import { RpcError } from '../../rpc-error.ts';
import type { Backend, Cut, DataSource, GenerationRef, NewVolume } from './backend.ts';
import { runCommand } from './command.ts';
import type { PublishContext } from './config.ts';
import { isNotFound, listFolder, syncPath, truncateFile } from './files.ts';
import { removeGenerations } from './generations.ts';
import { type Layout, parseGenerationFile, unfinishedSuffix } from './names.ts';
import { xfsMinimumBytes } from './sizing.ts';

/** What XFS itself may need of the pool: its log, its reservations, and copies of extents that are being split. */
const usableShare = 0.95;

/** The last user of a device often leaves a moment after its unmount returned. */
const detachPatienceMs = 200;
const detachPollMs = 5;

export interface BlockBackendOptions {
  poolDir: string;
  layout: Layout;
  keepGenerations: boolean;
  /** Leaves every revoke out: see LocalDriverConfig.sabotage. */
  noFence: boolean;
  clock: Clock;
  log: Logger;
}

/**
 * Volumes as sparse images. Together they never promise more than the pool holds, and a snapshot counts with what
 * it shares today, since that is the most that it can come to occupy: so a write into a hole always finds room.
 */
export function createBlockBackend(options: BlockBackendOptions): Backend {
  const { layout, poolDir } = options;
  const imageOf = ({ volumeId, generation }: GenerationRef): string => layout.generation(volumeId, generation);

  return {
    offersFence: true,
    offersExpansion: true,
    minimumBytes: (volumeMode) => (volumeMode === 'mount' ? xfsMinimumBytes : 2 ** 20),

    create: (volume, signal) => createImage(volume, { image: imageOf(first(volume)), signal }),
    createFrom: (volume, source) =>
      copyImage(volume, { image: imageOf(first(volume)), source: sourceImage(layout, source) }),
    cut: (cut) => cutGeneration(cut, options),
    generations: async (volumeId) => {
      const files = (await listFolder(layout.volumesDir)).map(parseGenerationFile);
      return files
        .filter((file) => file?.volumeId === volumeId && file.kind === 'data')
        .map((file) => file?.generation ?? 0);
    },
    removeGeneration: async ({ volumeId, generation }) => {
      await rm(layout.cut(volumeId, generation), { force: true });
      await rm(layout.generation(volumeId, generation), { force: true });
    },
    removeVolume: (volumeId, mark) =>
      removeGenerations(volumeId, { ...options, mark: mark, remove: (file) => rm(file, { force: true }) }),

    attach: (ref, signal) => attach(ref, { ...options, image: imageOf(ref) }, signal),
    revoke: (ref) => revokeDevices(ref, { ...options, image: imageOf(ref) }),
    release: (ref) => release(ref, { ...options, image: imageOf(ref) }),
    detach: (ref, signal) => detach(ref, { ...options, image: imageOf(ref) }, signal),
    isHeld: async (ref) => (await devicesOf(imageOf(ref))).length > 0,
    findUnusable: async (refs) => {
      const usable = new Set(
        (await listLoopDevices()).filter(({ revoked }) => !revoked).map((loop) => loop.backingFile),
      );
      return refs.filter((ref) => !usable.has(imageOf(ref)));
    },
    grow: async (ref, sizeBytes) => {
      const image = imageOf(ref);
      if ((await stat(image)).size < sizeBytes) await truncateFile(image, sizeBytes);
      for (const { device } of await devicesOf(image)) await resizeLoopDevice(device);
    },

    snapshot: (ref, snapshotId) => cutSnapshot(imageOf(ref), layout.snapshot(snapshotId)),
    removeSnapshot: (snapshotId) => rm(layout.snapshot(snapshotId), { force: true }),

    totalBytes: async () => usableBytes(await statfs(poolDir)),
    async capacity(promisedBytes) {
      const pool = await statfs(poolDir);
      const unpromised = usableBytes(pool) - promisedBytes;
      return { availableBytes: Math.max(0, Math.min(unpromised, pool.bavail * pool.bsize)) };
    },
  };
}

function usableBytes({ blocks, bsize }: { blocks: number; bsize: number }): number {
  return Math.floor(blocks * bsize * usableShare);
}

function first({ volumeId }: NewVolume): GenerationRef {
  return { volumeId, generation: 0 };
}

function sourceImage(layout: Layout, source: DataSource): string {
  if (source.type === 'Snapshot') return layout.snapshot(source.snapshotId);
  return layout.generation(source.volumeId, source.generation);
}

async function createImage(
  volume: NewVolume,
  { image, signal }: { image: string; signal: AbortSignal },
): Promise<void> {
  const unfinished = `${image}${unfinishedSuffix}`;
  await rm(unfinished, { force: true });
  await truncateFile(unfinished, volume.sizeBytes);
  // -K: discarding a hole only takes time.
  if (volume.volumeMode === 'mount') {
    await runCommand(['mkfs.xfs', '-q', '-f', '-K', '-s', 'size=4096', unfinished], signal);
  }
  await finish(unfinished, image);
}

async function copyImage(
  { sizeBytes }: NewVolume,
  { image, source }: { image: string; source: string },
): Promise<void> {
  await syncDevices(source);
  const unfinished = await reflink(source, image);
  if ((await stat(unfinished)).size < sizeBytes) await truncateFile(unfinished, sizeBytes);
  await finish(unfinished, image);
}

/**
 * A second reflink, when evidence is kept, shows later whether anybody wrote into `from` after this moment. It is
 * taken from the new generation: what came between two reflinks of the old one would be evidence against nobody.
 */
async function cutGeneration(
  { volumeId, from, to }: Cut,
  { layout, keepGenerations }: BlockBackendOptions,
): Promise<void> {
  const source = layout.generation(volumeId, from);
  const next = await reflink(source, layout.generation(volumeId, to));
  if (keepGenerations) {
    const evidence = layout.cut(volumeId, from);
    await finish(await reflink(next, evidence), evidence);
  }
  await finish(next, layout.generation(volumeId, to));
}

async function cutSnapshot(image: string, snapshot: string): Promise<{ allocatedBytes: number }> {
  await syncDevices(image);
  const unfinished = await reflink(image, snapshot);
  const { blocks } = await stat(unfinished);
  await finish(unfinished, snapshot);
  return { allocatedBytes: blocks * 512 };
}

/** Shares the extents of `source` with a new unfinished file: one instant of it, however large. */
async function reflink(source: string, target: string): Promise<string> {
  const unfinished = `${target}${unfinishedSuffix}`;
  await rm(unfinished, { force: true });
  await copyFile(source, unfinished, constants.COPYFILE_FICLONE_FORCE);
  return unfinished;
}

async function finish(unfinished: string, file: string): Promise<void> {
  await syncPath(unfinished);
  await rename(unfinished, file);
}

/**
 * Brings what the volume's writer wrote without fsync into its image. A revoked device has nothing to bring. The
 * image is crash-consistent without this, so that a device which vanishes meanwhile is no failure.
 */
async function syncDevices(image: string): Promise<void> {
  for (const { device, revoked } of await devicesOf(image)) {
    if (revoked) continue;
    try {
      await syncBlockDevice(device);
    } catch (error) {
      if (!['ENXIO', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

type OnImage = BlockBackendOptions & { image: string };

async function attach(ref: GenerationRef, options: OnImage, signal: AbortSignal): Promise<PublishContext> {
  const { image } = options;
  const devices = await devicesOf(image);
  const usable = devices.find(({ revoked }) => !revoked);
  // Somebody revoked the device outside the driver, as a power cut of the node does: a fresh one replaces it.
  if (!usable && devices.length > 0 && !(await detach(ref, options, signal))) {
    throw new RpcError(
      'ABORTED',
      `Device ${devices[0]?.device} of volume ${ref.volumeId} was cut off and is still in use`,
    );
  }
  const device = usable?.device ?? (await attachLoopDevice(image));
  return { devicePath: device, epoch: String(ref.generation), path: '', imagePath: image };
}

async function revokeDevices(ref: GenerationRef, { image, noFence, log }: OnImage): Promise<string[]> {
  const devices = (await devicesOf(image)).map(({ device }) => device);
  if (noFence) {
    log.error('SABOTAGE no-fence: writers are NOT cut off from this volume', { ...ref, devices });
    return devices;
  }
  for (const device of devices) await unlessGone(revokeLoopDevice(device));
  return devices;
}

async function release(ref: GenerationRef, options: OnImage): Promise<void> {
  // In this order: a device that is still mounted only promises to unbind itself, and its writer would go on.
  await revokeDevices(ref, options);
  for (const { device } of await devicesOf(options.image)) await unlessGone(detachLoopDevice(device));
}

async function detach(ref: GenerationRef, options: OnImage, signal: AbortSignal): Promise<boolean> {
  const { image, clock } = options;
  await release(ref, options);
  const giveUpAt = clock.monotonic() + detachPatienceMs;
  while ((await devicesOf(image)).length > 0) {
    if (clock.monotonic() >= giveUpAt) return false;
    await clock.sleep(detachPollMs, signal);
  }
  return true;
}

async function devicesOf(image: string): Promise<LoopDevice[]> {
  try {
    return await loopDevicesOf(image);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
