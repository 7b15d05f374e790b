// A local driver for tests: a pool of its own, the controller, and two nodes, all gone afterwards.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../../base/log.ts';
import { detachLoopDevice, listLoopDevices } from '../../../base/kernel-loop.ts';
import { systemClock } from '../../../base/system-clock.ts';
import { type CsiDriver, connectDriver } from '../../client.ts';
import type { VolumeCapability } from '../../types.ts';
import { runCommand } from './command.ts';
import type { LocalDriverConfig } from './config.ts';
import { listMounts } from './mounts.ts';
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

export async function startFixture({
  mode,
  keepGenerations = false,
  sabotage,
  poolBytes = 2 ** 31,
}: FixtureOptions): Promise<Fixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'amarre-local-'));
  const poolDir = path.join(folder, 'pool');
  const base = {
    poolDir,
    stateDir: path.join(folder, 'state'),
    mode,
    keepGenerations,
    ...(sabotage ? { sabotage } : {}),
  };
  const pool: PoolOptions = {
    imagePath: path.join(folder, 'pool.img'),
    poolDir,
    sizeBytes: poolBytes,
    reserveBytes: 0,
    clock: systemClock,
    log: silentLogger,
  };
  if (mode === 'block') await openPool(pool, never);
  else await mkdir(poolDir);

  const socket = (name: string): string => path.join(folder, 'run', `${name}.sock`);
  const nodesStop = new AbortController();
  let controllerStop = new AbortController();
  const nodes: Promise<void>[] = [];
  const startNode = (nodeName: string): Promise<void> =>
    started({ ...base, socketPath: socket(nodeName), nodeName }, (config, onReady) => {
      const running = serveLocalNode(config, { clock: systemClock, log: silentLogger, onReady }, nodesStop.signal);
      nodes.push(running);
      return running;
    });
  let controllerRuns: Promise<void> = Promise.resolve();
  const startController = (): Promise<void> =>
    started({ ...base, socketPath: socket('controller') }, (config, onReady) => {
      controllerStop = new AbortController();
      controllerRuns = serveLocalController(
        config,
        { clock: systemClock, log: silentLogger, onReady },
        controllerStop.signal,
      );
      return controllerRuns;
    });
  const connect = (name: string): CsiDriver => connectDriver(socket(name), { clock: systemClock });
  const [controller, node1, node2] = [connect('controller'), connect('node-1'), connect('node-2')];
  const fixture: Fixture = {
    folder,
    poolDir,
    controller,
    node1,
    node2,
    async restartController() {
      controllerStop.abort();
      await controllerRuns;
      await startController();
    },
    async close() {
      for (const driver of [controller, node1, node2]) driver.close();
      controllerStop.abort();
      nodesStop.abort();
      await Promise.allSettled([controllerRuns, ...nodes]);
      await unmountBelow(folder);
      await detachBelow(poolDir);
      if (mode === 'block') await closePoolOfTest(pool);
      await rm(folder, { recursive: true });
    },
  };
  try {
    await Promise.all([startNode('node-1'), startNode('node-2')]);
    await startController();
    return fixture;
  } catch (error) {
    await fixture.close();
    throw error;
  }
}

type Start = (config: LocalDriverConfig, onReady: () => void) => Promise<void>;

function started(config: LocalDriverConfig, start: Start): Promise<void> {
  return new Promise((resolve, reject) => {
    start(config, resolve).catch(reject);
  });
}

/** A mount namespace that another test made meanwhile has a copy of the pool's mount; the loop goes with it. */
async function closePoolOfTest(pool: PoolOptions): Promise<void> {
  try {
    await closePool(pool, never);
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
  }
}

/** Unmounts what a test left below `folder`, its pool aside. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await listMounts()).filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
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
