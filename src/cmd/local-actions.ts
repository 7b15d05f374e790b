// What do the commands of a local cluster do? Joins the command line with processes, faults and the API.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { nodes } from '../apis/resources.ts';
import { pollUntil } from '../base/poll.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemRandomBytes } from '../base/system-random.ts';
import { type Actions, type UpResult } from '../cli/actions.ts';
import { connectClient } from '../client/connect.ts';
import { UnreachableError } from '../client/types.ts';
import { cgroup2Root } from '../localcluster/cgroup.ts';
import { clusterUrls, controlPlanes } from '../localcluster/control-planes.ts';
import {
  type ClusterSpec,
  type DataFolder,
  DataFolderError,
  dataFolder,
  readClusterSpec,
} from '../localcluster/data-folder.ts';
import { takeDown } from '../localcluster/down.ts';
import { faults, nodeNamed } from '../localcluster/faults.ts';
import { isLinkDown } from '../localcluster/network.ts';
import { readIdentity } from '../localcluster/pki.ts';
import type { UpOptions } from '../localcluster/plan.ts';
import { rotateEncryptionKey, rotateTokenKey } from '../localcluster/rotate-keys.ts';
import { areAgentsServing, areApisServing, isBalancerServing } from '../localcluster/serving.ts';
import { clusterStatus, hasPartitionFile, readiness } from '../localcluster/status.ts';
import type { LauncherMessage } from './launcher-message.ts';
import { closeClusterPool, cutNodeDevices } from './pool.ts';

const readyTimeoutMs = 60_000;

export const localActions: Actions = {
  async up(options, progress, signal) {
    const started = systemClock.monotonic();
    const dataDir = await createDataDir(options.dataDir);
    progress(`Starting a cluster in ${dataDir} …`);
    const { spec, notes } = await startLauncher({ ...options, dataDir });
    progress('Waiting until every node is ready …');
    try {
      await untilReady(dataFolder(dataDir), spec, signal);
    } catch (error) {
      // Whoever interrupts a start wants no cluster behind it.
      if (signal.aborted) await localActions.down({ dataDir, purge: false }, new AbortController().signal);
      throw error;
    }
    return upResult(dataFolder(dataDir), spec, { notes, readyAfterMs: systemClock.monotonic() - started });
  },

  down: async ({ dataDir, purge }, signal) =>
    takeDown({ dataDir: await canonical(dataDir), purge }, { clock: systemClock, closePool: closeClusterPool }, signal),

  async status(dataDir, signal) {
    const { folder, spec } = await existingCluster(dataDir);
    return clusterStatus({
      folder,
      spec,
      apiNodes: await listNodes(folder, spec, signal),
      isPartitioned: (node) =>
        spec.network === 'namespaces'
          ? isLinkDown(spec, spec.nodes.indexOf(node), signal)
          : hasPartitionFile(folder, node),
    });
  },

  async fault({ dataDir, fault, nodeName }, signal) {
    const { folder, spec } = await existingCluster(dataDir);
    const context = {
      folder,
      spec,
      cgroupRoot: await cgroup2Root(),
      clock: systemClock,
      cutDevices: (name: string) => cutNodeDevices(folder, spec, name),
    };
    await faults[fault](context, nodeNamed(spec, nodeName), signal);
  },

  backupState: async (options, signal) => (await stateCommands()).backupState(options, signal),
  restoreState: async (options, signal) => (await stateCommands()).restoreState(options, signal),
  copyState: async (options, signal) => (await stateCommands()).copyState(options, signal),

  async rotateEncryptionKey(dataDir, signal) {
    const { folder, spec } = await existingCluster(dataDir);
    const instances = controlPlanes(spec).map(({ instance = '' }) => instance);
    return rotateEncryptionKey(folder, { clock: systemClock, randomBytes: systemRandomBytes, instances }, signal);
  },

  async rotateTokenKey(dataDir) {
    const { folder } = await existingCluster(dataDir);
    return rotateTokenKey(folder);
  },

  openCluster: async (options, signal) => (await doctorCommands()).openCluster(options, signal),
  readDump: async (options, signal) => (await doctorCommands()).readDump(options, signal),
  serveText: async (at, text, signal) => (await doctorCommands()).serveText(at, text, signal),

  async untilInterrupted(signal) {
    // A pending timer keeps the process alive until then.
    const hourMs = 60 * 60 * 1000;
    while (!signal.aborted) await systemClock.sleep(hourMs, signal).catch(() => {});
  },
};

/** Loaded on first use, so that the other commands start as fast as without it. */
async function doctorCommands() {
  return (await import('./doctor-actions.ts')).doctorActions;
}

/** Loaded on first use: no other command needs a store. */
async function stateCommands() {
  const { stateActions } = await import('./state-actions.ts');
  return stateActions(existingCluster);
}

/** Resolves once a launcher has begun. An interrupt does not cut it short: what has begun is to be taken down. */
async function startLauncher(options: UpOptions): Promise<{ spec: ClusterSpec; notes: string[] }> {
  const folder = dataFolder(options.dataDir);
  const output = openSync(join(folder.log, 'launcher.log'), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'amarre-launcher.js'), folder.root, JSON.stringify(options)],
    { detached: true, stdio: ['ignore', output, output, 'ipc'] },
  );
  closeSync(output);
  const ended = once(child, 'exit').then(
    ([code]): LauncherMessage => ({
      type: 'failed',
      message: `the launcher ended with code ${code}; see ${folder.log}/launcher.log`,
    }),
  );
  try {
    const message = await Promise.race([once(child, 'message').then(([first]) => first as LauncherMessage), ended]);
    if (message.type !== 'failed') return message;
    // Whoever is told so may take the folder away: nothing holds it then.
    await ended;
    throw new DataFolderError(message.message);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** The real path: the kernel names loop devices' files by it, and a link must not make two clusters of one. */
async function canonical(dataDir: string): Promise<string> {
  try {
    return await realpath(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(dataDir);
    throw error;
  }
}

async function createDataDir(dataDir: string): Promise<string> {
  makeLogFolder(dataFolder(resolve(dataDir)));
  return canonical(dataDir);
}

function makeLogFolder(folder: DataFolder): void {
  try {
    makeFolders(folder.log);
  } catch (cause) {
    throw new DataFolderError(
      `Cannot make the data folder ${folder.root}: ${(cause as Error).message}. Choose a writable place with --data-dir.`,
      { cause },
    );
  }
}

/** One after the other: asked for all at once below a place that takes none, such as /proc, Node 20 tries for ever. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

async function untilReady(folder: DataFolder, spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  await systemClock.withTimeout(
    { what: 'the nodes to become Ready', timeoutMs: readyTimeoutMs, signal },
    async (bounded) => {
      const poll = { clock: systemClock, signal: bounded, intervalMs: 20 };
      await pollUntil(async () => (await areApisServing(spec)) && (await isBalancerServing(spec)), poll);
      await pollUntil(() => areAgentsServing(spec), poll);
      await pollUntil(
        async () => {
          const found = await listNodes(folder, spec, bounded);
          return spec.nodes.every((node) => readiness(node.name, found) === 'Ready');
        },
        { ...poll, intervalMs: 40 },
      );
    },
  );
}

function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof UnreachableError)) throw error;
}

async function listNodes(folder: DataFolder, spec: ClusterSpec, signal: AbortSignal) {
  const client = connectClient({ ...clusterUrls(spec), identity: await readIdentity(folder, 'admin') }, systemClock);
  try {
    return (await client.list(nodes, {}, signal).catch(unlessUnreachable))?.items;
  } finally {
    client.close();
  }
}

async function existingCluster(dataDir: string): Promise<{ folder: DataFolder; spec: ClusterSpec }> {
  const folder = dataFolder(await canonical(dataDir));
  const spec = await readClusterSpec(folder);
  if (spec) return { folder, spec };
  throw new DataFolderError(
    `There is no cluster in ${folder.root}. Start one with \`amarre up --data-dir ${folder.root}\`.`,
  );
}

function upResult(
  folder: DataFolder,
  spec: ClusterSpec,
  { notes, readyAfterMs }: { notes: string[]; readyAfterMs: number },
): UpResult {
  return {
    server: clusterUrls(spec).server,
    kubeconfig: folder.kubeconfig,
    nodes: spec.nodes.length,
    zones: new Set(spec.nodes.map((node) => node.zone)).size,
    volumes: spec.volumes,
    readyAfterMs,
    notes,
  };
}
