// The pool of volumes as the launcher and the commands need it: made and opened, closed, cut off from a node.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { detachLoopDevice, listLoopDevices, revokeLoopDevice, unlessGone } from '../base/kernel-loop.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemLogger } from '../base/system-log.ts';
import { layoutOf } from '../csi/drivers/local/names.ts';
import { closePool, openPool, type PoolOptions } from '../csi/drivers/local/pool.ts';
import { RecordStore } from '../csi/drivers/local/store.ts';
import type { ClusterSpec, DataFolder } from '../localcluster/data-folder.ts';

// What the host's disk must keep after the pool was allocated: other programs need some.
const reserveBytes = 1024 ** 3;

function poolOptions(folder: DataFolder, spec: ClusterSpec, log: Logger): PoolOptions {
  return {
    imagePath: folder.poolImage,
    poolDir: folder.pool,
    sizeBytes: spec.poolBytes,
    reserveBytes,
    clock: systemClock,
    log,
  };
}

/** Makes or opens the pool. In directory mode it is a folder, which is there already. */
export async function openClusterPool(folder: DataFolder, spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  if (spec.volumes === 'block') await openPool(poolOptions(folder, spec, systemLogger({ component: 'pool' })), signal);
}

/** Detaches the loop devices of every volume and unmounts the pool. All nodes must be down. */
export async function closeClusterPool(folder: DataFolder, spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  if (spec.volumes !== 'block') return;
  for (const { device } of await devicesBelow(folder.pool)) await detachLoopDevice(device);
  await rm(join(folder.pool, 'scratch'), { recursive: true, force: true });
  await closePool(poolOptions(folder, spec, silentLogger), signal);
}

/** Cuts every block device of a node off, as a power cut does. Gives the devices. */
export async function cutNodeDevices(folder: DataFolder, spec: ClusterSpec, nodeName: string): Promise<string[]> {
  if (spec.volumes !== 'block') return [];
  const layout = layoutOf(folder.pool, 'block');
  const store = await RecordStore.open(layout);
  const images = new Set(
    store
      .volumes()
      .filter((record) => record.attachment?.nodeId === nodeName)
      .map((record) => layout.generation(record.volumeId, record.generation)),
  );
  const devices = (await devicesBelow(folder.pool))
    .filter(({ backingFile }) => images.has(backingFile))
    .map(({ device }) => device);
  await Promise.all(devices.map((device) => unlessGone(revokeLoopDevice(device))));
  return devices;
}

async function devicesBelow(pool: string) {
  return (await listLoopDevices()).filter(({ backingFile }) => backingFile.startsWith(`${pool}/`));
}
