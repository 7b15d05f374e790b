// What does `amarre up` do? Prepares the data folder and the machine, then keeps the cluster's processes running.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { cgroup2Root } from './cgroup.ts';
import { clusterComponents, type Programs } from './components.ts';
import {
  type ClusterSpec,
  createFolders,
  type DataFolder,
  DataFolderError,
  dataFolder,
  readClusterSpec,
  writeClusterSpec,
} from './data-folder.ts';
import { isPortFree, type Lock, tryLock } from './lock.ts';
import { chooseModes, gatherMachineFacts, type MachineChoice } from './machine.ts';
import { createNetwork, usedCidrs } from './network.ts';
import { createPki, writeKubeconfig } from './pki.ts';
import { assertSameShape, planCluster, type UpOptions } from './plan.ts';
import { readLiving } from './process-record.ts';
import { keepRunning } from './process-manager.ts';

export interface LaunchDeps {
  programs: Programs;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Makes or opens the pool of volumes: image, loop device, mount. */
  openPool: (folder: DataFolder, spec: ClusterSpec, signal: AbortSignal) => Promise<void>;
  /** Called once the processes are being started. */
  onStarted: (cluster: LaunchedCluster) => void;
}

export interface LaunchedCluster {
  folder: DataFolder;
  spec: ClusterSpec;
  machine: MachineChoice;
}

/**
 * Runs a local cluster until `signal` aborts; the processes go on after that, `takeDown` ends them.
 * Rejects with DataFolderError, RangeError or ProgramError, each with a sentence for the user.
 */
export async function launch(options: UpOptions, deps: LaunchDeps, signal: AbortSignal): Promise<void> {
  const folder = dataFolder(options.dataDir);
  const existing = await readClusterSpec(folder);
  if (existing) assertSameShape(existing, options);
  await createRoot(folder);
  const lock = await lockLauncher(folder);
  try {
    const machine = chooseModes(await gatherMachineFacts(folder.root));
    const spec = existing ?? (await planNew(options, { machine, random: deps.random, signal }));
    await assertPortFree(folder, spec);
    await createFolders(folder);
    await prepare({ folder, spec, machine }, deps, signal);
    const cgroupRoot = await cgroup2Root();
    const components = clusterComponents({ folder, spec, programs: deps.programs, cgroupRoot, clock: deps.clock });
    deps.onStarted({ folder, spec, machine });
    await keepRunning(
      components,
      { runFolder: folder.run, logFolder: folder.log, clock: deps.clock, log: deps.log },
      signal,
    );
  } finally {
    lock.release();
  }
}

async function createRoot(folder: DataFolder): Promise<void> {
  try {
    await mkdir(folder.root, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new DataFolderError(
      `Cannot make the data folder ${folder.root}: ${(cause as Error).message}. Choose a writable --data-dir below an existing folder; ${dirname(folder.root)} is not one.`,
      { cause },
    );
  }
}

async function lockLauncher(folder: DataFolder): Promise<Lock> {
  const lock = await tryLock(folder.root, 'launcher');
  if (lock) return lock;
  throw new DataFolderError(
    `Cannot start: a cluster is already running on ${folder.root}. Look at it with \`amarre status\`, stop it with \`amarre down\`, or choose another --data-dir.`,
  );
}

async function planNew(
  options: UpOptions,
  { machine, random, signal }: { machine: MachineChoice; random: Random; signal: AbortSignal },
): Promise<ClusterSpec> {
  const cidrs = machine.network === 'namespaces' ? await usedCidrs(signal) : [];
  return planCluster(options, { machine, clusterId: random.uuid().slice(0, 6), usedCidrs: cidrs });
}

async function assertPortFree(folder: DataFolder, spec: ClusterSpec): Promise<void> {
  if (await readLiving(folder.run, 'apiserver')) return;
  if (await isPortFree('127.0.0.1', spec.port)) return;
  throw new DataFolderError(
    `Cannot start the API server: port ${spec.port} on 127.0.0.1 is in use. Stop what listens there, or choose another --port.`,
  );
}

/** Keys, pool and network have nothing to do with each other, so they are made at the same time. */
async function prepare({ folder, spec }: LaunchedCluster, deps: LaunchDeps, signal: AbortSignal): Promise<void> {
  const keys = createPki(folder, spec, { nowMs: deps.clock.now(), random: deps.random }).then(() =>
    writeKubeconfig(folder, spec),
  );
  const nodes = Promise.all(spec.nodes.map((node) => mkdir(`${folder.node(node.name)}/run`, { recursive: true, mode: 0o700 })));
  await Promise.all([keys, nodes, deps.openPool(folder, spec, signal), createNetwork(spec, signal)]);
  // Last, because its presence says that the rest is there.
  await writeClusterSpec(folder, spec);
}
