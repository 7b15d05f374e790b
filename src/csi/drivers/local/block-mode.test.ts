// Does the driver keep its promises on real loop devices and a real XFS?

import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listLoopDevices, revokeLoopDevice } from '../../../base/kernel-loop.ts';
import { systemClock } from '../../../base/system-clock.ts';
import {
  blockCapability,
  boundLoops,
  call,
  type Fixture,
  mountCapability,
  report,
  startFixture,
  whyNoBlockMode,
} from './driver.fixture.ts';
import { type Steps, stepsOf } from './volume-steps.fixture.ts';

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const run = promisify(execFile);

const why = await whyNoBlockMode();
if (why) report(`Block mode is not tested here: ${why}`);

let fixture: Fixture;
let steps: Steps;
let loopsBefore: string[];

describe.skipIf(why)('block mode', () => {
  beforeEach(async () => {
    fixture = await startFixture({ mode: 'block' });
    steps = stepsOf(fixture);
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
    const volumeId = await timed('create', () => steps.createVolume('pvc-1', gibibyte));
    const first = await timed('publish', () => steps.publish(volumeId, 'node-1'));
    expect(first['epoch']).toBe('1');
    const placed = await timed('stage+publish', () =>
      steps.place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' }),
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

    await timed('unpublish+unstage', () => steps.remove(fixture.node1, volumeId, placed));
    await timed('controller unpublish', () => steps.unpublish(volumeId, 'node-1'));
    expect(await boundLoops(fixture.folder)).toEqual(loopsBefore);

    const second = await steps.publish(volumeId, 'node-2');
    expect(second['epoch']).toBe('2');
    const moved = await steps.place({ node: fixture.node2, volumeId, publishContext: second, name: 'b' });
    expect(await readFile(path.join(moved.targetPath, 'row'), 'utf8')).toBe('hello');
    const images = (await readdir(path.join(fixture.poolDir, 'volumes'))).filter((name) => name.endsWith('.img'));
    expect(images).toEqual(['pvc-1.g2.img']);
    report(`Block mode, ms: ${JSON.stringify(times)}`);
  });

  test('a snapshot holds what was written without fsync, and restores larger', async () => {
    const volumeId = await steps.createVolume('pvc-1');
    const placed = await steps.place({
      node: fixture.node1,
      volumeId,
      publishContext: await steps.publish(volumeId, 'node-1'),
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
      const copy = await steps.place({
        node: fixture.node2,
        volumeId: name,
        publishContext: await steps.publish(name, 'node-2'),
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

  test('device cut off from outside, as a power cut does -> the same node gets a fresh one for the same epoch', async () => {
    const volumeId = await steps.createVolume('pvc-1');
    const first = await steps.publish(volumeId, 'node-1');
    await revokeLoopDevice(first['devicePath'] ?? '');
    await expect(
      steps.place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' }),
    ).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    const again = await steps.publish(volumeId, 'node-1');
    expect(again['epoch']).toBe('1');
    await steps.place({ node: fixture.node1, volumeId, publishContext: first, name: 'a' });
  });

  test('volume on one node -> another node is refused until it is unpublished; repeats answer the same', async () => {
    const volumeId = await steps.createVolume('pvc-1');
    const first = await steps.publish(volumeId, 'node-1');
    await expect(steps.publish(volumeId, 'node-1')).resolves.toEqual(first);
    await expect(steps.publish(volumeId, 'node-2')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(fixture.controller.controller.deleteVolume({ volumeId }, call)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    await fixture.restartController();
    await expect(steps.publish(volumeId, 'node-1')).resolves.toEqual(first);
    await steps.unpublish(volumeId, 'node-1');
    await steps.unpublish(volumeId, 'node-1');
    await fixture.controller.controller.deleteVolume({ volumeId }, call);
    await fixture.controller.controller.deleteVolume({ volumeId }, call);
    expect(await readdir(path.join(fixture.poolDir, 'volumes'))).toEqual([]);
  });

  test('leftovers of killed calls -> swept or adopted at the start, and attachments get their device back', async () => {
    const volumeId = await steps.createVolume('pvc-1');
    await steps.publish(volumeId, 'node-1');
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

  test('more than the pool has left -> RESOURCE_EXHAUSTED; an expansion beyond the whole pool -> OUT_OF_RANGE', async () => {
    await steps.createVolume('pvc-0', 512 * mebibyte);
    await steps.createVolume('pvc-1', gibibyte);
    await expect(steps.createVolume('pvc-2', gibibyte)).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringMatching(/\d+ bytes left/),
    });
    const expand = (requiredBytes: number) =>
      fixture.controller.controller.controllerExpandVolume(
        { volumeId: 'pvc-1', capacityRange: { requiredBytes, limitBytes: 0 } },
        call,
      );
    await expect(expand(1.5 * gibibyte)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    await expect(expand(3 * gibibyte)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    const { availableCapacity } = await fixture.controller.controller.getCapacity({}, call);
    expect(availableCapacity).toBeLessThan(gibibyte);
  });
});
