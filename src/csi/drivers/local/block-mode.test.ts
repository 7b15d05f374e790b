// Does the driver keep its promises on real loop devices and a real XFS?

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listLoopDevices, revokeLoopDevice } from '../../../base/kernel-loop.ts';
import { systemClock } from '../../../base/system-clock.ts';
import type { CsiDriver } from '../../client.ts';
import {
  blockCapability,
  boundLoops,
  call,
  type Fixture,
  mountCapability,
  never,
  report,
  startFixture,
  whyNoBlockMode,
} from './driver.fixture.ts';
import { findDoubleWrites } from './generations.ts';

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const run = promisify(execFile);

const why = await whyNoBlockMode();
if (why) report(`Block mode is not tested here: ${why}`);

let fixture: Fixture;
let loopsBefore: string[];

async function createVolume(name: string, sizeBytes = 300 * mebibyte): Promise<string> {
  const request = {
    name,
    volumeCapabilities: [mountCapability],
    capacityRange: { requiredBytes: sizeBytes, limitBytes: 0 },
  };
  const { volume } = await fixture.controller.controller.createVolume(request, call);
  return volume?.volumeId ?? '';
}

async function publish(volumeId: string, nodeId: string): Promise<Record<string, string>> {
  const request = { volumeId, nodeId, volumeCapability: mountCapability };
  return (await fixture.controller.controller.controllerPublishVolume(request, call)).publishContext;
}

const unpublish = (volumeId: string, nodeId: string): Promise<object> =>
  fixture.controller.controller.controllerUnpublishVolume({ volumeId, nodeId }, call);

interface Placed {
  node: CsiDriver;
  volumeId: string;
  publishContext: Record<string, string>;
  name: string;
}

async function place({
  node,
  volumeId,
  publishContext,
  name,
}: Placed): Promise<{ stagingTargetPath: string; targetPath: string }> {
  const stagingTargetPath = path.join(fixture.folder, name, 'globalmount');
  const targetPath = path.join(fixture.folder, name, 'pod', 'mount');
  const request = { volumeId, publishContext, stagingTargetPath, volumeCapability: mountCapability };
  await node.node.nodeStageVolume(request, call);
  await node.node.nodePublishVolume({ ...request, targetPath }, call);
  return { stagingTargetPath, targetPath };
}

async function remove(
  node: CsiDriver,
  volumeId: string,
  paths: { stagingTargetPath: string; targetPath: string },
): Promise<void> {
  await node.node.nodeUnpublishVolume({ volumeId, targetPath: paths.targetPath }, call);
  await node.node.nodeUnstageVolume({ volumeId, stagingTargetPath: paths.stagingTargetPath }, call);
}

describe.skipIf(why)('block mode', () => {
  beforeEach(async (context) => {
    const sabotaged = context.task.name.includes('sabotage');
    const kept = sabotaged || context.task.name.includes('kept');
    fixture = await startFixture({
      mode: 'block',
      keepGenerations: kept,
      ...(sabotaged ? { sabotage: 'no-fence' as const } : {}),
    });
    loopsBefore = await boundLoops(fixture.folder);
  });

  afterEach(async () => {
    await fixture.close();
    expect(await boundLoops(fixture.folder)).toEqual([]);
  });

  test('a volume goes from node to node with its data and grows under its user', async () => {
    const times: Record<string, number> = {};
    const timed = async <T>(what: string, task: () => Promise<T>): Promise<T> => {
      const start = systemClock.monotonic();
      const result = await task();
      times[what] = Math.round((systemClock.monotonic() - start) * 10) / 10;
      return result;
    };
    const volumeId = await timed('create', () => createVolume('pvc-1', gibibyte));
    const first = await timed('publish', () => publish(volumeId, 'node-1'));
    expect(first['epoch']).toBe('1');
    const placed = await timed('stage+publish', () =>
      place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' }),
    );
    await writeFile(path.join(placed.targetPath, 'row'), 'hello');

    const range = { requiredBytes: gibibyte + 256 * mebibyte, limitBytes: 0 };
    const grown = await timed('expand', () =>
      fixture.controller.controller.controllerExpandVolume({ volumeId, capacityRange: range }, call),
    );
    expect(grown).toEqual({ capacityBytes: range.requiredBytes, nodeExpansionRequired: true });
    await timed('node expand', () =>
      fixture.node1.node.nodeExpandVolume({ volumeId, volumePath: placed.targetPath, capacityRange: range }, call),
    );
    const { usage } = await fixture.node1.node.nodeGetVolumeStats({ volumeId, volumePath: placed.targetPath }, call);
    expect(usage[0]?.total).toBeGreaterThan(1.1 * gibibyte);

    await timed('unpublish+unstage', () => remove(fixture.node1, volumeId, placed));
    await timed('controller unpublish', () => unpublish(volumeId, 'node-1'));
    expect(await boundLoops(fixture.folder)).toEqual(loopsBefore);

    const second = await publish(volumeId, 'node-2');
    expect(second['epoch']).toBe('2');
    const moved = await place({ node: fixture.node2, volumeId, publishContext: second, name: 'b' });
    expect(await readFile(path.join(moved.targetPath, 'row'), 'utf8')).toBe('hello');
    const images = (await readdir(path.join(fixture.poolDir, 'volumes'))).filter((name) => name.endsWith('.img'));
    expect(images).toEqual(['pvc-1.g2.img']);
    report(`Block mode, ms: ${JSON.stringify(times)}`);
  });

  test('a snapshot holds what was written without fsync, and restores larger', async () => {
    const volumeId = await createVolume('pvc-1');
    const placed = await place({
      node: fixture.node1,
      volumeId,
      publishContext: await publish(volumeId, 'node-1'),
      name: 'a',
    });
    await writeFile(path.join(placed.targetPath, 'row'), 'first');
    const start = systemClock.monotonic();
    const { snapshot } = await fixture.controller.controller.createSnapshot(
      { sourceVolumeId: volumeId, name: 'snap-1' },
      call,
    );
    report(`Snapshot, ms: ${(systemClock.monotonic() - start).toFixed(1)}`);
    await writeFile(path.join(placed.targetPath, 'row'), 'second');
    expect(snapshot).toMatchObject({
      snapshotId: 'snap-1',
      sourceVolumeId: volumeId,
      readyToUse: true,
      sizeBytes: 300 * mebibyte,
    });

    for (const [name, source, want] of [
      ['restored', { snapshot: { snapshotId: 'snap-1' } }, 'first'],
      ['cloned', { volume: { volumeId } }, 'second'],
    ] as const) {
      const request = {
        name,
        volumeCapabilities: [mountCapability],
        capacityRange: { requiredBytes: 400 * mebibyte, limitBytes: 0 },
      };
      const { volume } = await fixture.controller.controller.createVolume(
        { ...request, volumeContentSource: source },
        call,
      );
      expect(volume?.contentSource).toEqual(source);
      const copy = await place({
        node: fixture.node2,
        volumeId: name,
        publishContext: await publish(name, 'node-2'),
        name,
      });
      expect(await readFile(path.join(copy.targetPath, 'row'), 'utf8')).toBe(want);
      const { usage } = await fixture.node2.node.nodeGetVolumeStats(
        { volumeId: name, volumePath: copy.targetPath },
        call,
      );
      expect(usage[0]?.total).toBeGreaterThan(320 * mebibyte);
    }
  });

  test('revoke under a writer (generations kept) -> no acknowledgement afterwards, every earlier one is there, the cut is the generation', async () => {
    const outcome = await failOver();
    expect(outcome.acknowledgedAfterRevoke).toBe(0);
    expect(outcome.lost).toBe(0);
    expect(outcome.doubleWrites).toEqual([]);
    report(`Fence, ms: ${JSON.stringify(outcome.times)}; acknowledged ${outcome.acknowledged}`);
  });

  test('sabotage leaves the revoke out -> the old writer goes on, and the comparison shows it', async () => {
    const outcome = await failOver();
    expect(outcome.acknowledgedAfterRevoke).toBeGreaterThan(0);
    expect(outcome.doubleWrites).toEqual([{ volumeId: 'pvc-1', generation: 1 }]);
  });

  test('device cut off from outside, as a power cut does -> the same node gets a fresh one for the same epoch', async () => {
    const volumeId = await createVolume('pvc-1');
    const first = await publish(volumeId, 'node-1');
    await revokeLoopDevice(first['devicePath'] ?? '');
    await expect(place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    const again = await publish(volumeId, 'node-1');
    expect(again['epoch']).toBe('1');
    await place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' });
  });

  test('volume on one node -> another node is refused until it is unpublished; repeats answer the same', async () => {
    const volumeId = await createVolume('pvc-1');
    const first = await publish(volumeId, 'node-1');
    await expect(publish(volumeId, 'node-1')).resolves.toEqual(first);
    await expect(publish(volumeId, 'node-2')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(fixture.controller.controller.deleteVolume({ volumeId }, call)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    await fixture.restartController();
    await expect(publish(volumeId, 'node-1')).resolves.toEqual(first);
    await unpublish(volumeId, 'node-1');
    await unpublish(volumeId, 'node-1');
    await fixture.controller.controller.deleteVolume({ volumeId }, call);
    await fixture.controller.controller.deleteVolume({ volumeId }, call);
    expect(await readdir(path.join(fixture.poolDir, 'volumes'))).toEqual([]);
  });

  test('leftovers of killed calls -> swept or adopted at the start, and attachments get their device back', async () => {
    const volumeId = await createVolume('pvc-1');
    await publish(volumeId, 'node-1');
    const volumes = path.join(fixture.poolDir, 'volumes');
    for (const name of ['pvc-1.g2.img', 'pvc-1.g2.img.tmp', 'pvc-1.json.tmp', 'orphan.g0.img'])
      await writeFile(path.join(volumes, name), '');
    const [loop] = (await listLoopDevices()).filter(({ backingFile }) => backingFile.startsWith(volumes));
    await run('losetup', ['-d', loop?.device ?? '']);
    await fixture.restartController();
    expect(await readdir(volumes)).toEqual(['pvc-1.g1.img', 'pvc-1.json']);
    expect((await boundLoops(fixture.folder)).length).toBe(loopsBefore.length + 1);
  });

  test('raw block volume -> published as a device file', async () => {
    const request = {
      name: 'raw-1',
      volumeCapabilities: [blockCapability],
      capacityRange: { requiredBytes: 8 * mebibyte, limitBytes: 0 },
    };
    const volumeId = (await fixture.controller.controller.createVolume(request, call)).volume?.volumeId ?? '';
    const { publishContext } = await fixture.controller.controller.controllerPublishVolume(
      { volumeId, nodeId: 'node-1', volumeCapability: blockCapability },
      call,
    );
    const targetPath = path.join(fixture.folder, 'dev', 'xvda');
    const staged = {
      volumeId,
      publishContext,
      stagingTargetPath: path.join(fixture.folder, 'stage'),
      volumeCapability: blockCapability,
    };
    await fixture.node1.node.nodeStageVolume(staged, call);
    await fixture.node1.node.nodePublishVolume({ ...staged, targetPath }, call);
    expect((await stat(targetPath)).isBlockDevice()).toBe(true);
    await expect(
      fixture.node1.node.nodeGetVolumeStats({ volumeId, volumePath: targetPath }, call),
    ).resolves.toMatchObject({
      usage: [{ total: 8 * mebibyte }],
    });
    await fixture.node1.node.nodeUnpublishVolume({ volumeId, targetPath }, call);
    await expect(stat(targetPath)).rejects.toThrow('ENOENT');
  });

  test('more than the pool holds -> RESOURCE_EXHAUSTED with what is left, also for an expansion', async () => {
    await createVolume('pvc-1', gibibyte);
    await expect(createVolume('pvc-2', gibibyte)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringMatching(/\d+ bytes left/),
    });
    const range = { requiredBytes: 3 * gibibyte, limitBytes: 0 };
    const expansion = fixture.controller.controller.controllerExpandVolume(
      { volumeId: 'pvc-1', capacityRange: range },
      call,
    );
    await expect(expansion).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    const { availableCapacity } = await fixture.controller.controller.getCapacity({}, call);
    expect(availableCapacity).toBeLessThan(gibibyte);
  });
});

interface Outcome {
  acknowledged: number;
  acknowledgedAfterRevoke: number;
  lost: number;
  doubleWrites: { volumeId: string; generation: number }[];
  times: Record<string, number>;
}

/** A process appends numbers and syncs each; its volume moves to node-2 meanwhile, as if node-1 did not answer. */
async function failOver(): Promise<Outcome> {
  const volumeId = await createVolume('pvc-1');
  const placed = await place({
    node: fixture.node1,
    volumeId,
    publishContext: await publish(volumeId, 'node-1'),
    name: 'a',
  });
  const writer = startWriter(path.join(placed.targetPath, 'log'));
  try {
    await expect.poll(() => writer.acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(100);
    const start = systemClock.monotonic();
    const revoked = await fixture.controller.fence.revoke({ volumeId, nodeId: 'node-1', epoch: 1 }, call);
    const revokedAfter = systemClock.monotonic() - start;
    expect(revoked).toMatchObject({ epoch: 1, drained: true, offered: true });
    // What was acknowledged before the answer may still be in the pipe.
    await systemClock.sleep(50, never);
    const before = writer.acknowledged.length;
    const beforeAttach = systemClock.monotonic();
    await unpublish(volumeId, 'node-1');
    const unpublished = systemClock.monotonic();
    const publishContext = await publish(volumeId, 'node-2');
    const published = systemClock.monotonic();
    const moved = await place({ node: fixture.node2, volumeId, publishContext, name: 'b' });
    const placedAt = systemClock.monotonic();
    const rows = new Set((await readFile(path.join(moved.targetPath, 'log'), 'utf8')).split('\n'));
    await systemClock.sleep(100, never);
    const lost = writer.acknowledged.slice(0, before).filter((row) => !rows.has(row)).length;
    const acknowledgedAfterRevoke = writer.acknowledged.length - before;
    await writer.stop();
    await remove(fixture.node1, volumeId, placed);
    const round = (ms: number): number => Math.round(ms * 10) / 10;
    return {
      acknowledged: before,
      acknowledgedAfterRevoke,
      lost,
      doubleWrites: await findDoubleWrites(fixture.poolDir, never),
      times: {
        revoke: round(revokedAfter),
        unpublish: round(unpublished - beforeAttach),
        publish: round(published - unpublished),
        'stage+publish': round(placedAt - published),
      },
    };
  } finally {
    await writer.stop();
  }
}

interface Writer {
  acknowledged: string[];
  stop(): Promise<void>;
}

function startWriter(file: string): Writer {
  const script = `
    const fs = require('node:fs');
    const fd = fs.openSync(process.argv[1], 'a');
    for (let row = 0; ; row++) {
      fs.writeSync(fd, row + '\\n');
      fs.fdatasyncSync(fd);
      fs.writeSync(1, row + '\\n');
    }`;
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  const acknowledged: string[] = [];
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    acknowledged.push(...lines);
  });
  const exited = once(child, 'exit');
  return {
    acknowledged,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
