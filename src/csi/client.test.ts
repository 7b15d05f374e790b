// Do our client and our server understand each other, and what happens when the driver dies or hangs?

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { systemClock } from '../base/system-clock.ts';
import { type CsiDriver, connectDriver } from './client.ts';
import { RpcError } from './rpc-error.ts';
import { type DriverServices, serveDriver } from './server.ts';
import type { VolumeCapability } from './types.ts';

const never = new AbortController().signal;
const call = { signal: never, timeoutMs: 5_000 };
const capability: VolumeCapability = {
  mount: { fsType: 'xfs', mountFlags: ['noatime'], volumeMountGroup: '' },
  accessMode: { mode: 'SINGLE_NODE_WRITER' },
};

let folder: string;
let socketPath: string;
let stopping: AbortController;
let driver: CsiDriver;
let served: Promise<void>[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'amarre-csi-'));
  socketPath = path.join(folder, 'run', 'csi.sock');
  stopping = new AbortController();
  served = [];
  driver = connectDriver(socketPath, { clock: systemClock });
});

afterEach(async () => {
  driver.close();
  stopping.abort();
  await Promise.allSettled(served);
  await rm(folder, { recursive: true });
});

function serve(services: Partial<DriverServices>): Promise<void> {
  const identity: DriverServices['identity'] = {
    getPluginInfo: async () => ({ name: 'test.csi.amarre.io', vendorVersion: '1' }),
    getPluginCapabilities: async () => ({ capabilities: [{ service: { type: 'CONTROLLER_SERVICE' } }] }),
    probe: async () => ({ ready: true }),
  };
  return new Promise((resolve, reject) => {
    const options = { socketPath, clock: systemClock, log: silentLogger, onReady: resolve };
    const running = serveDriver({ ...options, services: { identity, ...services } }, stopping.signal);
    running.catch(reject);
    served.push(running);
  });
}

function nodeThat(stage: NonNullable<DriverServices['node']>['nodeStageVolume']): Partial<DriverServices> {
  return { node: { nodeStageVolume: stage } as unknown as NonNullable<DriverServices['node']> };
}

const stageRequest = { volumeId: 'v', stagingTargetPath: '/s', volumeCapability: capability };

describe('a call that is answered', () => {
  test('every kind of field arrives as it was sent, and what was left out has its zero value', async () => {
    let got: unknown;
    await serve(
      nodeThat(async (request) => {
        got = request;
        return {};
      }),
    );
    await driver.node.nodeStageVolume({ ...stageRequest, publishContext: { epoch: '3' } }, call);
    expect(got).toEqual({ ...stageRequest, publishContext: { epoch: '3' }, secrets: {}, volumeContext: {} });
  });

  test('wrapped values tell absent from false', async () => {
    await serve({});
    await expect(driver.identity.probe({}, call)).resolves.toEqual({ ready: true });
    await expect(driver.identity.getPluginInfo({}, call)).resolves.toEqual({
      name: 'test.csi.amarre.io',
      vendorVersion: '1',
      manifest: {},
    });
  });

  test('the socket is private', async () => {
    await serve({});
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(socketPath))).mode & 0o777).toBe(0o700);
  });
});

describe('a call that fails', () => {
  test.each([
    {
      name: 'refused by the driver -> its code',
      services: nodeThat(async () => Promise.reject(new RpcError('ABORTED', 'busy'))),
      code: 'ABORTED',
    },
    {
      name: 'unexpected error -> INTERNAL',
      services: nodeThat(async () => Promise.reject(new Error('boom'))),
      code: 'INTERNAL',
    },
    { name: 'driver without the service -> UNIMPLEMENTED', services: {}, code: 'UNIMPLEMENTED' },
  ])('$name', async ({ services, code }) => {
    await serve(services);
    await expect(driver.node.nodeStageVolume(stageRequest, call)).rejects.toMatchObject({ name: 'RpcError', code });
  });

  test('nobody listens -> UNAVAILABLE, and the next call finds the driver that started since', async () => {
    await expect(driver.identity.probe({}, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await serve({});
    await expect.poll(() => driver.identity.probe({}, call).catch(() => undefined)).toEqual({ ready: true });
  });

  test('driver hangs -> DEADLINE_EXCEEDED, and aborting stops the waiting but not the work', async () => {
    const work = { finished: false };
    await serve(
      nodeThat(async (_request, signal) => {
        await systemClock.sleep(200, signal);
        work.finished = true;
        return {};
      }),
    );
    await expect(driver.node.nodeStageVolume(stageRequest, { ...call, timeoutMs: 30 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const giveUp = new AbortController();
    const waiting = driver.node.nodeStageVolume(stageRequest, { ...call, signal: giveUp.signal });
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect.poll(() => work.finished).toBe(true);
  });
});

describe('the socket', () => {
  test('second server on one socket -> refuses to start', async () => {
    await serve({});
    await expect(serve({})).rejects.toThrow('Another process listens');
  });

  test('stop -> running calls end first', async () => {
    await serve(
      nodeThat(async () => {
        await systemClock.sleep(100, never);
        return {};
      }),
    );
    const running = driver.node.nodeStageVolume(stageRequest, call);
    await systemClock.sleep(30, never);
    stopping.abort();
    await expect(running).resolves.toEqual({});
  });

  test('driver killed and started again -> the same client reaches it', async () => {
    const script = path.join(folder, 'driver.mts');
    await writeFile(script, driverScript());
    const first = await start(script);
    await expect(driver.identity.probe({}, call)).resolves.toEqual({});
    first.kill('SIGKILL');
    await once(first, 'exit');
    await expect(driver.identity.probe({}, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const second = await start(script);
    try {
      await expect.poll(() => driver.identity.probe({}, call).catch(() => undefined)).toEqual({});
    } finally {
      second.kill('SIGKILL');
      await once(second, 'exit');
    }
  });
});

function driverScript(): string {
  const source = (file: string): string => JSON.stringify(path.resolve(import.meta.dirname, file));
  return `
    import { serveDriver } from ${source('server.ts')};
    import { silentLogger } from ${source('../base/log.ts')};
    import { systemClock } from ${source('../base/system-clock.ts')};
    const identity = { probe: async () => ({}) };
    await serveDriver(
      { socketPath: ${JSON.stringify(socketPath)}, services: { identity }, clock: systemClock, log: silentLogger, onReady: () => console.log('ready') },
      new AbortController().signal,
    );
  `;
}

async function start(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  await once(child.stdout, 'data');
  return child;
}
