// A local driver for tests: a pool of its own, the controller, and two nodes, all gone afterwards.

import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { detachLoopDevice, listLoopDevices } from '../../../base/kernel-loop.ts';
import { silentLogger } from '../../../base/log.ts';
import { readMounts } from '../../../base/mountinfo.ts';
import { systemClock } from '../../../base/system-clock.ts';
import { type CsiDriver, connectDriver } from '../../client.ts';
import type { VolumeCapability } from '../../types.ts';
import { CommandError, runCommand } from './command.ts';
import type { LocalDriverConfig, LocalDriverDeps } from './config.ts';
import { closePool, openPool, PoolError, type PoolOptions } from './pool.ts';
import { serveLocalController, serveLocalNode } from './serve.ts';

export const never = new AbortController().signal;
export const call = { signal: never, timeoutMs: 30_000 };

export const mountCapability: VolumeCapability = {
  mount: { fsType: 'xfs', mountFlags: [], volumeMountGroup: '' },
  accessMode: { mode: 'SINGLE_NODE_WRITER' },
};

export const blockCapability: VolumeCapability = { block: {}, accessMode: { mode: 'SINGLE_NODE_WRITER' } };

export interface Fixture {
  folder: string;
  poolDir: string;
  controller: CsiDriver;
  node1: CsiDriver;
  node2: CsiDriver;
  /** Stops the controller as a kill does, between two calls, and starts another. */
  restartController(): Promise<void>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  mode: 'block' | 'directory';
  keepGenerations?: boolean;
  sabotage?: 'no-fence';
  poolBytes?: number;
}

/** Prints a line beside the test's result: what was measured, or why something is not tested here. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Why block mode can't be tested here, or undefined. */
export async function whyNoBlockMode(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root';
  try {
    await runCommand(['mkfs.xfs', '-V'], never);
    await runCommand(['losetup', '-f'], never);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export async function startFixture(options: FixtureOptions): Promise<Fixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'amarre-local-'));
  const pool = testPool(folder, options.poolBytes ?? 2 ** 31);
  const config = testConfig(folder, options);
  const socket = (name: string): string => path.join(folder, 'run', `${name}.sock`);
  const connect = (name: string): CsiDriver => connectDriver(socket(name), { clock: systemClock });
  const [controller, node1, node2] = [connect('controller'), connect('node-1'), connect('node-2')];
  const startController = (): Promise<Server> =>
    startServer({ ...config, socketPath: socket('controller') }, serveLocalController);
  const servers: Server[] = [];

  const close = async (): Promise<void> => {
    for (const driver of [controller, node1, node2]) driver.close();
    await Promise.allSettled(servers.map((server) => server.stop()));
    await unmountBelow(folder);
    await detachBelow(pool.poolDir);
    if (options.mode === 'block') await closePoolOfTest(pool);
    await rm(folder, { recursive: true });
  };
  try {
    if (options.mode === 'block') await openPool(pool, never);
    else await mkdir(pool.poolDir);
    for (const nodeName of ['node-1', 'node-2']) {
      servers.push(await startServer({ ...config, socketPath: socket(nodeName), nodeName }, serveLocalNode));
    }
    servers.push(await startController());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    poolDir: pool.poolDir,
    controller,
    node1,
    node2,
    async restartController() {
      await servers.pop()?.stop();
      servers.push(await startController());
    },
    close,
  };
}

function testPool(folder: string, sizeBytes: number): PoolOptions {
  const paths = { imagePath: path.join(folder, 'pool.img'), poolDir: path.join(folder, 'pool') };
  return { ...paths, sizeBytes, reserveBytes: 0, clock: systemClock, log: silentLogger };
}

function testConfig(folder: string, { mode, keepGenerations = false, sabotage }: FixtureOptions): LocalDriverConfig {
  const paths = { socketPath: '', poolDir: path.join(folder, 'pool'), stateDir: path.join(folder, 'state') };
  return { ...paths, mode, keepGenerations, ...(sabotage ? { sabotage } : {}) };
}

interface Server {
  stop(): Promise<void>;
}

type Serve = (config: LocalDriverConfig, deps: LocalDriverDeps, signal: AbortSignal) => Promise<void>;

/** Resolves when the server answers calls. */
function startServer(config: LocalDriverConfig, serve: Serve): Promise<Server> {
  const stopping = new AbortController();
  return new Promise((resolve, reject) => {
    const stop = async (): Promise<void> => {
      stopping.abort();
      await running;
    };
    const deps = { clock: systemClock, log: silentLogger, onReady: () => resolve({ stop }) };
    const running = serve(config, deps, stopping.signal);
    running.catch(reject);
  });
}

/** The files of generations that are no longer what they were at their cut. All devices must be detached. */
export async function changedGenerations(poolDir: string): Promise<string[]> {
  const folder = path.join(poolDir, 'volumes');
  const changed: string[] = [];
  for (const cut of (await readdir(folder)).filter((name) => name.endsWith('.cut'))) {
    const image = cut.replace(/\.cut$/, '.img');
    try {
      await runCommand(['cmp', '-s', path.join(folder, image), path.join(folder, cut)], never);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== 1) throw error;
      changed.push(image);
    }
  }
  return changed;
}

/**
 * Closes a test's pool. A mount namespace that another program made meanwhile holds copies of the test's mounts; what
 * it keeps busy is let go when it ends.
 */
export async function closePoolOfTest(pool: PoolOptions): Promise<void> {
  try {
    await closePool(pool, never);
  } catch (error) {
    if (!(error instanceof PoolError || error instanceof CommandError)) throw error;
    if (error instanceof CommandError) await runCommand(['umount', '-l', pool.poolDir], never);
    await detachBelow(path.dirname(pool.imagePath));
  }
}

/** The bound loop devices whose files lie below `folder`, without those that another mount namespace keeps busy. */
export async function boundLoops(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const { device, backingFile } of await listLoopDevices()) {
    if (backingFile.startsWith(`${folder}/`) && !(await isMountedElsewhere(device))) found.push(backingFile);
  }
  return found;
}

async function isMountedElsewhere(device: string): Promise<boolean> {
  const own = await readFile('/proc/self/mountinfo', 'utf8');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8');
      // Mount IDs are unique on the machine: another first line is another namespace.
      if (mounts.split('\n')[0] !== own.split('\n')[0] && mounts.includes(` ${device} `)) return true;
    } catch (error) {
      // The process has ended, or is not ours to look at.
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (!['ENOENT', 'ESRCH', 'EINVAL', 'EACCES', 'EPERM'].includes(code)) throw error;
    }
  }
  return false;
}

/** Unmounts what a test left below `folder`, its pool aside. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
  for (const { mountPoint } of mounts.reverse()) {
    if (mountPoint !== path.join(folder, 'pool')) await runCommand(['umount', mountPoint], never);
  }
}

/** Detaches the loop devices whose files lie below `folder`. */
export async function detachBelow(folder: string): Promise<void> {
  for (const { device, backingFile } of await listLoopDevices()) {
    if (backingFile.startsWith(`${folder}/`)) await detachLoopDevice(device);
  }
}
