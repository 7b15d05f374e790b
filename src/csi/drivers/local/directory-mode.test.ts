// What does the driver promise without devices, and does it say what it does not?

import { readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CsiDriver } from '../../client.ts';
import type { VolumeCapability } from '../../types.ts';
import { blockCapability, call, type Fixture, mountCapability, startFixture } from './driver.fixture.ts';

let fixture: Fixture;

async function createVolume(name: string, volumeCapability: VolumeCapability = mountCapability): Promise<string> {
  const request = {
    name,
    volumeCapabilities: [volumeCapability],
    capacityRange: { requiredBytes: 2 ** 20, limitBytes: 0 },
  };
  return (await fixture.controller.controller.createVolume(request, call)).volume?.volumeId ?? '';
}

async function publish(
  volumeId: string,
  nodeId: string,
  node: CsiDriver,
): Promise<{ targetPath: string; folder: string }> {
  const request = { volumeId, nodeId, volumeCapability: mountCapability };
  const { publishContext } = await fixture.controller.controller.controllerPublishVolume(request, call);
  const targetPath = path.join(fixture.folder, nodeId, 'mount');
  await node.node.nodePublishVolume({ ...request, publishContext, targetPath }, call);
  return { targetPath, folder: publishContext['path'] ?? '' };
}

const unpublish = (volumeId: string, nodeId: string): Promise<object> =>
  fixture.controller.controller.controllerUnpublishVolume({ volumeId, nodeId }, call);

const generations = async (): Promise<string[]> =>
  (await readdir(path.join(fixture.poolDir, 'volumes'))).filter((name) => !name.endsWith('.json'));

describe('directory mode', () => {
  beforeEach(async () => {
    fixture = await startFixture({ mode: 'directory' });
  });
  afterEach(() => fixture.close());

  test('a volume given back -> the next generation is the same folder under its next name', async () => {
    const volumeId = await createVolume('pvc-1');
    const first = await publish(volumeId, 'node-1', fixture.node1);
    expect(await readlink(first.targetPath)).toBe(first.folder);
    await writeFile(path.join(first.targetPath, 'row'), 'hello');
    await fixture.node1.node.nodeUnpublishVolume({ volumeId, targetPath: first.targetPath }, call);
    await unpublish(volumeId, 'node-1');
    const second = await publish(volumeId, 'node-2', fixture.node2);
    expect(await readFile(path.join(second.targetPath, 'row'), 'utf8')).toBe('hello');
    expect(await generations()).toEqual(['pvc-1.g2']);
  });

  test('a volume taken away -> revoke says that there is no gate, and the next generation is a copy', async () => {
    const volumeId = await createVolume('pvc-1');
    const first = await publish(volumeId, 'node-1', fixture.node1);
    await writeFile(path.join(first.targetPath, 'row'), 'before');
    const revoked = await fixture.controller.fence.revoke({ volumeId, nodeId: 'node-1', epoch: 1 }, call);
    expect(revoked).toMatchObject({ offered: false, drained: false });
    await unpublish(volumeId, 'node-1');
    const second = await publish(volumeId, 'node-2', fixture.node2);
    await writeFile(path.join(second.targetPath, 'row'), 'after');
    expect(second.folder).not.toBe(first.folder);
    await expect(readFile(path.join(first.folder, 'row'))).rejects.toThrow('ENOENT');
  });

  test('a snapshot is a copy', async () => {
    const volumeId = await createVolume('pvc-1');
    const first = await publish(volumeId, 'node-1', fixture.node1);
    await writeFile(path.join(first.targetPath, 'row'), 'before');
    await fixture.controller.controller.createSnapshot({ sourceVolumeId: volumeId, name: 'snap-1' }, call);
    await writeFile(path.join(first.targetPath, 'row'), 'after');
    const source = { snapshot: { snapshotId: 'snap-1' } };
    await fixture.controller.controller.createVolume(
      { name: 'copy', volumeCapabilities: [mountCapability], volumeContentSource: source },
      call,
    );
    const copy = await publish('copy', 'node-2', fixture.node2);
    expect(await readFile(path.join(copy.targetPath, 'row'), 'utf8')).toBe('before');
    await fixture.controller.controller.deleteSnapshot({ snapshotId: 'snap-1' }, call);
    expect(await readdir(path.join(fixture.poolDir, 'snapshots'))).toEqual([]);
  });

  test('killed after the rename and before the record -> the renamed folder is adopted', async () => {
    const volumeId = await createVolume('pvc-1');
    const volumes = path.join(fixture.poolDir, 'volumes');
    await rename(path.join(volumes, 'pvc-1.g0'), path.join(volumes, 'pvc-1.g1'));
    await fixture.restartController();
    const { folder } = await publish(volumeId, 'node-1', fixture.node1);
    expect(await readdir(folder)).toEqual([]);
    expect(await generations()).toEqual(['pvc-1.g1']);
  });

  test('what folders cannot do -> refused and not advertised', async () => {
    await expect(createVolume('raw', blockCapability)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const { capabilities } = await fixture.controller.controller.controllerGetCapabilities({}, call);
    expect(capabilities.map(({ rpc }) => rpc?.type)).not.toContain('EXPAND_VOLUME');
    const volumeId = await createVolume('pvc-1');
    const capacityRange = { requiredBytes: 2 ** 30, limitBytes: 0 };
    const expansion = fixture.controller.controller.controllerExpandVolume({ volumeId, capacityRange }, call);
    await expect(expansion).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });
});
