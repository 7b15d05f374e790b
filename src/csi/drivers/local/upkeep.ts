// What did a killed driver, a dead node or a restarted host leave behind? Cleans up at the start and while serving.

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { decideSweep } from './attachment.ts';
import { type ControllerContext, volumeLock } from './context.ts';
import { listFolder } from './files.ts';
import { parseGenerationFile, unfinishedSuffix } from './names.ts';
import type { VolumeRecord } from './record.ts';

const upkeepIntervalMs = 2_000;

/** Puts the pool in order before the first call: unfinished files and orphans go, attachments get their devices back. */
export async function recover(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { store, backend, log } = context;
  const { volumesDir, snapshotsDir } = store.layout;
  await removeUnfinished(volumesDir);
  await removeUnfinished(snapshotsDir);
  await removeOrphans(context);
  for (const record of store.volumes()) {
    try {
      await backend.grow({ volumeId: record.volumeId, generation: record.generation }, record.capacityBytes);
      await tend(context, record.volumeId, signal);
    } catch (error) {
      // One broken volume must not keep the others from being served.
      signal.throwIfAborted();
      log.error('Cannot put a volume in order', { volumeId: record.volumeId, error });
    }
  }
}

/** Until `signal` aborts: gives attachments a new device that lost theirs, and lets go what zombies no longer hold. */
export async function runUpkeep(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { store, backend, locks, clock, log } = context;
  while (!signal.aborted) {
    try {
      await clock.sleep(upkeepIntervalMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const records = store.volumes();
    const attached = records.filter(isAttached).map(({ volumeId, generation }) => ({ volumeId, generation }));
    const unusable = attached.length === 0 ? [] : await backend.findUnusable(attached);
    const haunted = records.filter(({ zombies }) => zombies.length > 0);
    for (const { volumeId } of [...unusable, ...haunted]) {
      // A call is at work there; it leaves things in order itself.
      if (locks.isHeld(volumeLock(volumeId))) continue;
      try {
        await locks.run(volumeLock(volumeId), () => tend(context, volumeId, signal));
      } catch (error) {
        if (signal.aborted) return;
        log.warn('A volume is not in order yet', { volumeId, error });
      }
    }
  }
}

/** Brings one volume's devices and generations in line with its record. The caller holds its lock. */
async function tend(context: ControllerContext, volumeId: string, signal: AbortSignal): Promise<void> {
  const { store, backend } = context;
  const record = store.volume(volumeId);
  if (!record) return;
  for (const { epoch } of record.zombies) await backend.release({ volumeId, generation: epoch });
  await sweepVolume(context, record);
  if (isAttached(record)) await backend.attach({ volumeId, generation: record.generation }, signal);
}

/** Deletes the generations of a volume that nothing needs, and forgets zombies whose device is gone. */
export async function sweepVolume({ backend, store, config }: ControllerContext, record: VolumeRecord): Promise<void> {
  const { volumeId } = record;
  const present = await backend.generations(volumeId);
  const held: number[] = [];
  for (const generation of present) {
    if (generation !== record.generation && (await backend.isHeld({ volumeId, generation }))) held.push(generation);
  }
  const facts = { present, held, keepGenerations: config.keepGenerations };
  for (const generation of decideSweep(record, facts)) await backend.removeGeneration({ volumeId, generation });
  // The record's own generation stays marked: the next cut from it must be isolated.
  const zombies = record.zombies.filter(({ epoch }) => held.includes(epoch) || epoch === record.generation);
  if (zombies.length < record.zombies.length) await store.saveVolume({ ...record, zombies });
}

function isAttached({ attachment }: VolumeRecord): boolean {
  return attachment !== undefined && attachment.revokedAt === undefined;
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await listFolder(folder)) {
    if (name.endsWith(unfinishedSuffix)) await remove(path.join(folder, name));
  }
}

/** What no record names was never made, or was deleted by a call that died after it deleted the record. */
async function removeOrphans({ store, backend, log }: ControllerContext): Promise<void> {
  const { volumesDir, snapshotsDir } = store.layout;
  const volumeIds = new Set((await listFolder(volumesDir)).map((name) => parseGenerationFile(name)?.volumeId));
  for (const volumeId of volumeIds) {
    if (volumeId === undefined || store.volume(volumeId)) continue;
    log.info('Removing a volume that no record names', { volumeId });
    await backend.removeVolume(volumeId, 'orphan');
  }
  const snapshots = new Set(
    store.snapshots().map(({ snapshotId }) => path.basename(store.layout.snapshot(snapshotId))),
  );
  for (const name of await listFolder(snapshotsDir)) {
    if (!name.endsWith('.json') && !snapshots.has(name)) await remove(path.join(snapshotsDir, name));
  }
}

function remove(file: string): Promise<void> {
  return rm(file, { recursive: true, force: true, maxRetries: 3 });
}
