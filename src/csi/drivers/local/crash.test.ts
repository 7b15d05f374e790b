// Does a driver that is killed at any line continue from what is on disk, with nothing lost and nothing left over?

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../base/log.ts';
import { randomBelow } from '../../../base/random.ts';
import { seededRandom } from '../../../base/seeded-random.ts';
import { systemClock } from '../../../base/system-clock.ts';
import { type CsiDriver, connectDriver } from '../../client.ts';
import { RpcError } from '../../rpc-error.ts';
import type { LocalDriverConfig } from './config.ts';
import {
  boundLoops,
  closePoolOfTest,
  detachBelow,
  mountCapability,
  never,
  report,
  unmountBelow,
  whyNoBlockMode,
} from './driver.fixture.ts';
import { openPool, type PoolOptions } from './pool.ts';
import { serveLocalNode } from './serve.ts';

const why = await whyNoBlockMode();
if (why) report(`Kills of the driver are not tested here: ${why}`);

const kills = Number(process.env['AMARRE_TEST_KILLS'] ?? 8);
const seed = Number(process.env['AMARRE_TEST_SEED'] ?? 1);
const call = { signal: never, timeoutMs: 20_000 };

let folder: string;
let pool: PoolOptions;
let config: LocalDriverConfig;
let nodeStop: AbortController;
let nodeRuns: Promise<void>;
let controller: CsiDriver;
let node: CsiDriver;
let child: ChildProcess | undefined;

beforeEach(async () => {
  if (why) return;
  folder = await mkdtemp(path.join(tmpdir(), 'amarre-crash-'));
  const poolDir = path.join(folder, 'pool');
  pool = {
    imagePath: path.join(folder, 'pool.img'),
    poolDir,
    sizeBytes: 2 ** 31,
    reserveBytes: 0,
    clock: systemClock,
    log: silentLogger,
  };
  await openPool(pool, never);
  config = {
    socketPath: path.join(folder, 'controller.sock'),
    poolDir,
    stateDir: path.join(folder, 'state'),
    mode: 'block',
    keepGenerations: false,
  };
  nodeStop = new AbortController();
  const nodeSocket = path.join(folder, 'node.sock');
  await new Promise<void>((resolve, reject) => {
    const deps = { clock: systemClock, log: silentLogger, onReady: resolve };
    nodeRuns = serveLocalNode({ ...config, socketPath: nodeSocket, nodeName: 'node-1' }, deps, nodeStop.signal);
    nodeRuns.catch(reject);
  });
  controller = connectDriver(config.socketPath, { clock: systemClock });
  node = connectDriver(nodeSocket, { clock: systemClock });
});

afterEach(async () => {
  if (why) return;
  controller.close();
  node.close();
  nodeStop.abort();
  await nodeRuns;
  if (child) await kill(child);
  await unmountBelow(folder);
  await detachBelow(pool.poolDir);
  await closePoolOfTest(pool);
  await rm(folder, { recursive: true });
});

describe.skipIf(why)('a driver that is killed', () => {
  test(`${kills} kills at random moments (seed ${seed}) -> every step still succeeds, data stays, nothing is left over`, {
    timeout: 20_000 + kills * 5_000,
  }, async () => {
    const random = seededRandom(seed);
    await startController();
    const killer = new AbortController();
    let killed = 0;
    const killing = (async () => {
      while (killed < kills && !killer.signal.aborted) {
        await systemClock.sleep(20 + randomBelow(random, 500), never);
        if (child) await kill(child);
        killed += 1;
        await startController();
      }
    })();
    let rounds = 0;
    try {
      await persist(() => create('pvc-1'));
      for (; killed < kills; rounds++) await carryAround(rounds);
    } finally {
      killer.abort();
      await killing;
    }
    await persist(() => controller.controller.deleteVolume({ volumeId: 'pvc-1' }, call));
    await persist(() => controller.controller.deleteSnapshot({ snapshotId: 'snap' }, call));
    expect(await readdir(path.join(pool.poolDir, 'volumes'))).toEqual([]);
    expect(await readdir(path.join(pool.poolDir, 'snapshots'))).toEqual([]);
    expect(await boundLoops(pool.poolDir)).toEqual([]);
    report(`${killed} kills, ${rounds} rounds`);
  });
});

/** Publishes, checks what the last round wrote, writes, grows, snapshots, copies, and gives everything back. */
async function carryAround(round: number): Promise<void> {
  const volumeId = 'pvc-1';
  const stagingTargetPath = path.join(folder, 'stage');
  const { publishContext } = await persist(() => publish(volumeId));
  await persist(() =>
    node.node.nodeStageVolume({ volumeId, publishContext, stagingTargetPath, volumeCapability: mountCapability }, call),
  );
  const file = path.join(stagingTargetPath, 'round');
  if (round > 0) expect(await readFile(file, 'utf8')).toBe(String(round - 1));
  await writeDurably(file, String(round));
  await persist(() => controller.controller.deleteSnapshot({ snapshotId: 'snap' }, call));
  await persist(() => controller.controller.createSnapshot({ sourceVolumeId: volumeId, name: 'snap' }, call));
  const size = { requiredBytes: (300 + Math.min(round, 100)) * 2 ** 20, limitBytes: 0 };
  await persist(() => controller.controller.controllerExpandVolume({ volumeId, capacityRange: size }, call));
  await persist(() => create('copy', 'snap'));
  await persist(() => controller.controller.deleteVolume({ volumeId: 'copy' }, call));
  await persist(() => node.node.nodeUnstageVolume({ volumeId, stagingTargetPath }, call));
  await persist(() => controller.controller.controllerUnpublishVolume({ volumeId, nodeId: 'node-1' }, call));
}

function create(name: string, snapshotId?: string): Promise<unknown> {
  const source = snapshotId ? { volumeContentSource: { snapshot: { snapshotId } } } : {};
  const capacityRange = { requiredBytes: 300 * 2 ** 20, limitBytes: 0 };
  return controller.controller.createVolume(
    { name, capacityRange, volumeCapabilities: [mountCapability], ...source },
    call,
  );
}

function publish(volumeId: string): Promise<{ publishContext: Record<string, string> }> {
  return controller.controller.controllerPublishVolume(
    { volumeId, nodeId: 'node-1', volumeCapability: mountCapability },
    call,
  );
}

/** Repeats a call until it is answered, as every CSI client must. */
async function persist<T>(task: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof RpcError) || !['UNAVAILABLE', 'ABORTED', 'CANCELLED'].includes(error.code)) throw error;
      await systemClock.sleep(10, never);
    }
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
}

async function startController(): Promise<void> {
  const script = path.join(folder, 'controller.mts');
  const source = (file: string): string => JSON.stringify(path.resolve(import.meta.dirname, file));
  await mkdir(folder, { recursive: true });
  await writeFile(
    script,
    `import { serveLocalController } from ${source('serve.ts')};
     import { silentLogger } from ${source('../../../base/log.ts')};
     import { systemClock } from ${source('../../../base/system-clock.ts')};
     const deps = { clock: systemClock, log: silentLogger, onReady: () => process.stdout.write('ready') };
     await serveLocalController(${JSON.stringify(config)}, deps, new AbortController().signal);`,
  );
  child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const started = child;
  await new Promise<void>((resolve, reject) => {
    started.stdout?.once('data', () => resolve());
    started.once('exit', (code) => reject(new Error(`The controller exited with ${code} before it served`)));
  });
}

async function kill(victim: ChildProcess): Promise<void> {
  if (victim.exitCode !== null || victim.signalCode !== null) return;
  const exited = once(victim, 'exit');
  victim.kill('SIGKILL');
  await exited;
}
