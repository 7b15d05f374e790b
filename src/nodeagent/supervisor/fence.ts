// How are the writers of a volume on this node stopped for good?

import { lstat } from 'node:fs/promises';
import { type Clock, rfc3339Micro } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { readMounts } from '../../base/mountinfo.ts';
import type { FenceAnswer, FenceRequest, TombstoneEvidence } from '../../fencing/supervisor-protocol.ts';
import { holdsVolume, type ProcessRuntime } from '../runtime/process/process-runtime.ts';
import type { HeldVolume } from '../runtime/types.ts';
import { mountsOfVolume, unmountAll } from './unmount.ts';
import type { VolumeHold, VolumeTable } from './volume-table.ts';

export interface FenceDeps {
  bootID: string;
  runtime: ProcessRuntime;
  table: VolumeTable;
  /**
   * Kills the agent and the CSI plugin, which are started again: a stopped one may hold a mount busy, or be about
   * to mount. Resolves when they, and what they started, are gone.
   */
  killChildren: () => Promise<void>;
  clock: Clock;
  log: Logger;
}

/** The supervisor cannot vouch for this volume. */
export class CannotVouchError extends Error {
  override readonly name = 'CannotVouchError';
}

/**
 * Refuses the attachments, kills every container of every pod that has one of the volumes, waits for empty process
 * trees, unmounts. Resolves only when all of that is true; rejects (CannotVouchError, StillMountedError) otherwise.
 */
export async function fenceVolumes(request: FenceRequest, deps: FenceDeps, signal: AbortSignal): Promise<FenceAnswer> {
  const volumes: TombstoneEvidence[] = [];
  for (const volumeHandle of request.volumeHandles) {
    const epoch = await deps.table.fence(volumeHandle, request.epochs?.[volumeHandle]);
    if (epoch === undefined) {
      throw new CannotVouchError(
        `Cannot vouch for volume ${volumeHandle}: no pod of this node has used it, and the request names no epoch`,
      );
    }
    deps.log.warn('fencing volume', { volumeHandle, epoch });
    volumes.push(await fenceOne({ volumeHandle, epoch }, deps, signal));
  }
  return { nonce: request.nonce, bootID: deps.bootID, volumes };
}

async function fenceOne(
  { volumeHandle, epoch }: HeldVolume,
  deps: FenceDeps,
  signal: AbortSignal,
): Promise<TombstoneEvidence> {
  const { runtime, table, clock } = deps;
  const holds = table.holdsOf(volumeHandle);
  const pods = new Set(holds.map((hold) => hold.podUID));
  for (const record of runtime.list()) if (holdsVolume(record, volumeHandle)) pods.add(record.podUID);

  await runtime.killWhere((record) => pods.has(record.podUID) || holdsVolume(record, volumeHandle), 'Fenced');

  if (await isMountUnderWay(holds)) await deps.killChildren();
  const paths = table.pathsOf(volumeHandle);
  await unmountAll((mounts) => mountsOfVolume(mounts, paths), { clock, signal, onBusy: deps.killChildren });
  for (const { podUID } of holds) table.release(podUID, volumeHandle);
  table.releaseStaged(volumeHandle);
  runtime.emit({ type: 'fenced', volumeHandle, epoch, podUIDs: [...pods] });
  return {
    volumeHandle,
    podUIDs: [...pods],
    processTreeEmpty: true,
    unmounted: true,
    stoppedAt: rfc3339Micro(clock.now()),
  };
}

/**
 * Was the volume promised to a pod that has not got it yet? Then whoever mounts it must be stopped first, or the mount
 * would follow an answer that says otherwise. A new agent asks again, and is refused.
 */
async function isMountUnderWay(holds: readonly VolumeHold[]): Promise<boolean> {
  const mounted = new Set((await readMounts()).map(({ mountPoint }) => mountPoint));
  for (const { publishPath } of holds) if (!mounted.has(publishPath) && !(await isLink(publishPath))) return true;
  return false;
}

/** A volume that is a folder is published as a symbolic link to it. */
async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}
