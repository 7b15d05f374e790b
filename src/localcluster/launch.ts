// What does `amarre up` do? Prepares the data folder and the machine, then keeps the cluster's processes running.

import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { sendSignal } from '../base/marked-processes.ts';
import { pollUntil } from '../base/poll.ts';
import type { Random } from '../base/random.ts';
import { cgroup2Root } from './cgroup.ts';
import {
  apiServerComponents,
  balancerComponents,
  controllerComponents,
  type Programs,
  supervisorComponents,
} from './components.ts';
import {
  type ClusterSpec,
  createFolders,
  type DataFolder,
  DataFolderError,
  dataFolder,
  readClusterSpec,
  writeClusterSpec,
} from './data-folder.ts';
import { assertEtcdCanRun, etcdComponent, planOwnEtcd, untilEtcdServes } from './etcd.ts';
import { clearStopping } from './guard.ts';
import { type Lock, tryLock } from './lock.ts';
import { chooseModes, gatherMachineFacts, type MachineChoice } from './machine.ts';
import { createNetwork, removeNetwork, usedCidrs } from './network.ts';
import { assertKeysKept, createPki, type RandomBytes } from './pki.ts';
import { assertSameShape, planCluster, type UpOptions } from './plan.ts';
import { assertPortsFree } from './ports.ts';
import { type Component, keepRunning } from './process-manager.ts';
import { readLiving } from './process-record.ts';
import { findProcesses } from './processes.ts';
import { areAgentsServing, areApisServing } from './serving.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

// What a first start that was cut short may leave.
const ownEntries = new Set([
  'log',
  'run',
  'pki',
  'pool',
  'pool.img',
  'pool.img.tmp',
  'backups',
  'nodes',
  'csi',
  'state',
  'etcd',
  'kubeconfig',
  'kubeconfig.new',
  'amarre.json.new',
  'lost+found',
]);

export interface LaunchDeps {
  programs: Programs;
  clock: Clock;
  random: Random;
  randomBytes: RandomBytes;
  log: Logger;
  /** Makes or opens the pool of volumes: image, loop device, mount. */
  openPool: (folder: DataFolder, spec: ClusterSpec, signal: AbortSignal) => Promise<void>;
  /** Reads the files that an administrator may change; rejects with a sentence for the user if one is no good. */
  checkFiles: (folder: DataFolder) => Promise<void>;
  /** Opens and closes the API server's state; rejects with a sentence for the user if it is damaged or too new. */
  checkState: (folder: DataFolder, spec: ClusterSpec) => Promise<void>;
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
  if (!existing) await assertOurs(folder);
  const lock = await lockLauncher(folder);
  try {
    const machine = chooseModes(await gatherMachineFacts(folder.root));
    const spec = existing ?? (await planNew(options, { machine, random: deps.random, signal }));
    if (!(await readLiving(folder.run, 'apiserver'))) {
      await assertPortsFree({ folder, spec });
      if (existing) await assertKeysKept(folder);
      await deps.checkFiles(folder);
      if (spec.etcd?.own) await assertEtcdCanRun({ folder, own: spec.etcd.own }, signal);
      // An own etcd says so itself when it can't serve its data.
      else if (existing || spec.etcd) await deps.checkState(folder, spec);
    }
    await createFolders(folder);
    // Everything that follows may be repeated, so a crash in it is finished by the next start.
    await writeClusterSpec(folder, spec);
    await clearStopping(folder);
    try {
      await runCluster({ folder, spec, machine }, deps, signal);
    } catch (error) {
      // A first start that failed leaves nothing that the next one would take for a cluster.
      if (!existing) await undoStart(folder, spec, signal);
      throw error;
    }
  } finally {
    lock.release();
  }
}

async function undoStart(folder: DataFolder, spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  await removeNetwork(spec, signal);
  await rm(folder.clusterFile, { force: true });
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

/** A new cluster takes only a folder that holds nothing of anybody else: `down --purge` deletes it. */
async function assertOurs({ root }: DataFolder): Promise<void> {
  const foreign = (await readdir(root)).filter((name) => !ownEntries.has(name));
  if (foreign.length === 0) return;
  throw new DataFolderError(
    `Cannot start a cluster in ${root}: it holds other files, such as "${foreign[0]}". Choose an empty or new --data-dir.`,
  );
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
  const etcd = options.store === 'etcd' ? (options.etcd ?? (await planOwnEtcd(signal))) : options.etcd;
  return planCluster({ ...options, etcd }, { machine, clusterId: random.uuid().slice(0, 6), usedCidrs: cidrs });
}

/** Each process starts as soon as what it needs is there: a new cluster should be up in two seconds. */
async function runCluster(cluster: LaunchedCluster, deps: LaunchDeps, signal: AbortSignal): Promise<void> {
  const { folder, spec } = cluster;
  const cgroupRoot = await cgroup2Root();
  const context = { folder, spec, programs: deps.programs, cgroupRoot, clock: deps.clock };
  const manager = { runFolder: folder.run, logFolder: folder.log, clock: deps.clock, log: deps.log };

  const stop = new AbortController();
  const untilStopped = AbortSignal.any([signal, stop.signal]);
  const keys = createKeys(cluster, deps);
  const etcd = etcdComponent(context);
  const stored = keys.then(() => untilStored(cluster, deps.clock, untilStopped));
  const ground = Promise.all([stored, createGround(cluster, deps, signal)]);
  const served = Promise.all([ground, keys.then(() => untilServed(spec, deps.clock, untilStopped))]);
  void ground.then(
    () => deps.onStarted(cluster),
    () => {},
  );
  const startAfter = async (condition: Promise<unknown>, components: Component[]): Promise<void> => {
    await condition;
    await keepRunning(components, manager, untilStopped);
  };
  const wasRunning = await readLiving(folder.run, 'apiserver');
  const runs = [
    startAfter(keys, etcd ? [etcd] : []),
    startAfter(stored, apiServerComponents(context)),
    // The balancer listens at an address of the nodes' network too.
    startAfter(ground, [...balancerComponents(context), ...supervisorComponents(context)]),
    startAfter(served, controllerComponents(context)),
  ];
  try {
    await Promise.all(runs);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(runs);
    // What started early must not outlive a start that failed.
    if (!wasRunning) await endEarly(folder, deps.clock, signal);
    throw error;
  }
}

/** Waits until the state can be opened. */
async function untilStored({ folder, spec }: LaunchedCluster, clock: Clock, signal: AbortSignal): Promise<void> {
  if (spec.etcd?.own) await untilEtcdServes({ folder, own: spec.etcd.own, clock }, signal);
}

/** Ends API servers, their balancer and etcd, if they run: by their command lines, because they may be too young to have records. */
async function endEarly({ root }: DataFolder, clock: Clock, signal: AbortSignal): Promise<void> {
  await pollUntil(
    async () => {
      const living = (await findProcesses(root)).filter(({ program }) => early.test(program));
      for (const { pid } of living) sendSignal(pid, 'SIGTERM');
      return living.length === 0;
    },
    { clock, signal, intervalMs: 20 },
  );
}

async function createKeys(
  { folder, spec }: LaunchedCluster,
  { clock, random, randomBytes }: LaunchDeps,
): Promise<void> {
  await createPki(folder, spec, { nowMs: clock.now(), random, randomBytes });
  await writeKubeconfig(folder, spec);
}

/** What nodes stand on: their folders, the pool and the network. */
async function createGround({ folder, spec }: LaunchedCluster, deps: LaunchDeps, signal: AbortSignal): Promise<void> {
  const runFolders = spec.nodes.map((node) => mkdir(`${folder.node(node.name)}/run`, { recursive: true, mode: 0o700 }));
  // All of them end before one's failure counts: what is undone then must not still be in the making.
  const parts = await Promise.allSettled([
    ...runFolders,
    deps.openPool(folder, spec, signal),
    createNetwork(spec, signal),
  ]);
  for (const part of parts) if (part.status === 'rejected') throw part.reason;
}

const early = /^(?:apiserver(?:-\d+)?|balancer|etcd)$/;

// Agents that take longer than this have trouble that controllers may have to deal with.
const agentsMs = 2000;

/**
 * Waits until the API server listens, and then, for a while, until the agents do: on a busy machine the nodes go
 * first, because controllers have nothing to do without them. Resolves early when `signal` aborts.
 */
async function untilServed(spec: ClusterSpec, clock: Clock, signal: AbortSignal): Promise<void> {
  const poll = { clock, signal, intervalMs: 20 };
  try {
    await pollUntil(() => areApisServing(spec), poll);
    const giveUpAt = clock.monotonic() + agentsMs;
    await pollUntil(async () => clock.monotonic() >= giveUpAt || (await areAgentsServing(spec)), poll);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
