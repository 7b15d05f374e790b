// What does a supervisor find when it starts, and what does it write? A new boot ID; nothing of the old boot may be left.

import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, rfc3339Micro } from '../../base/clock.ts';
import { killMarked, nodeMarker } from '../../base/marked-processes.ts';
import type { Random } from '../../base/random.ts';
import { nodePaths, type SupervisorConfig } from '../config.ts';
import { forgetVolumes } from '../volumes/volume-data.ts';
import { unmountLeftovers } from './unmount.ts';

/** `<nodeDir>/boot.json`. */
export interface BootRecord {
  bootID: string;
  /** RFC 3339 with microseconds. */
  startedAt: string;
  pid: number;
}

export interface BootDeps {
  clock: Clock;
  random: Random;
}

/** Kills, unmounts and deletes what an earlier supervisor of this node left, then says who this one is. */
export async function bootNode(
  config: SupervisorConfig,
  { clock, random }: BootDeps,
  signal: AbortSignal,
): Promise<BootRecord> {
  const paths = nodePaths(config.nodeDir);
  await mkdir(paths.run, { recursive: true, mode: 0o700 });
  for (const folder of [paths.pods, paths.plugins, paths.logs, config.scratchDir])
    await mkdir(folder, { recursive: true });
  await killLeftovers(config, clock, signal);
  // Order: no process, then no mount, then no file. Deleting below a mount would delete a volume's data.
  for (const folder of [paths.pods, paths.plugins, config.scratchDir]) await unmountLeftovers(folder, signal);
  await forgetVolumes(config.nodeDir);
  for (const name of await readdir(config.scratchDir))
    await rm(join(config.scratchDir, name), { recursive: true, force: true });

  const record: BootRecord = { bootID: random.uuid(), startedAt: rfc3339Micro(clock.now()), pid: process.pid };
  await writeFile(`${paths.boot}.new`, `${JSON.stringify(record)}\n`);
  await rename(`${paths.boot}.new`, paths.boot);
  return record;
}

async function killLeftovers(
  { nodeDir, cgroupPath }: SupervisorConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (cgroupPath) {
    const containers = join(cgroupPath, 'containers');
    const left = await readdir(containers, { withFileTypes: true }).catch(() => []);
    if (left.length > 0) await writeFile(join(containers, 'cgroup.kill'), '1').catch(() => {});
    await killMarked(`${nodeMarker}=${nodeDir}`, clock, signal);
    for (const entry of left) if (entry.isDirectory()) await rmdir(join(containers, entry.name)).catch(() => {});
    return;
  }
  await killMarked(`${nodeMarker}=${nodeDir}`, clock, signal);
}
