import { afterEach, beforeEach, expect, test } from 'vitest';
import { fenceProofs } from '../../apis/amarre/types.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../apis/resources.ts';
import { attachmentName, uniqueVolumeName } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { systemClock } from '../../base/system-clock.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import { driverName } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { withControllers } from '../../simulation/storage-controllers.ts';
import { attacherController } from './controller.ts';

let bench: StorageBench;
let volumeHandle: string;
let volumeName: string;

beforeEach(async () => {
  bench = await startStorageBench((deps, csi) => [
    ...withControllers('binder', 'provisioner')(deps, csi),
    attacherController(deps, { csi: csi.driver(), driver: driverName }),
  ]);
  await bench.addClass();
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  volumeName = `pvc-${metadata.uid}`;
  volumeHandle = `vol-${volumeName}`;
  await bench.addNode('node-1');
  await bench.addNode('node-2');
});
afterEach(() => bench.stop());

const nameOn = (nodeName: string): string => attachmentName({ volumeHandle, driver: driverName, nodeName });
const attachedTo = (nodeName: string): Promise<VolumeAttachment> =>
  bench.until(volumeAttachments, nameOn(nodeName), ({ status }) => status?.attached === true);

async function deletePod(name: string): Promise<void> {
  await bench.client.delete(pods, { at: { namespace: 'default', name }, gracePeriodSeconds: 0 }, bench.signal);
}

async function tell(nodeName: string, status: string, volumesInUse: string[] = []): Promise<void> {
  await bench.setNode(nodeName, { ready: status, volumesInUse });
}

test('a scheduled pod gets its volume, and the node is told', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  const attachment = await attachedTo('node-1');
  expect(attachment.status?.attachmentMetadata).toEqual({ devicePath: '/dev/loop1', epoch: '1', path: '' });
  expect(attachment.metadata).toMatchObject({
    annotations: { 'csi.alpha.kubernetes.io/node-id': 'node-1', 'amarre.io/boot-id': 'boot-1' },
    finalizers: ['external-attacher/local-csi-amarre-io'],
  });
  const node = await bench.until(nodes, 'node-1', ({ status }) => status?.volumesAttached?.length === 1);
  expect(node.status?.volumesAttached).toEqual([
    { name: uniqueVolumeName(driverName, volumeHandle), devicePath: '/dev/loop1' },
  ]);
  expect(await bench.event('web-0', 'SuccessfulAttachVolume')).toBe(
    `AttachVolume.Attach succeeded for volume "${volumeName}" `,
  );
});

test('a pod that moves takes its volume along, on a new epoch', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  await deletePod('web-0');
  await bench.addPod('web-0', { claim: 'data', node: 'node-2' });
  const attachment = await attachedTo('node-2');
  expect(attachment.status?.attachmentMetadata?.['epoch']).toBe('2');
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
  await bench.until(nodes, 'node-1', ({ status }) => !status?.volumesAttached?.length);
});

test('a volume in use is not detached until its node says that it is free', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  await tell('node-1', 'True', [uniqueVolumeName(driverName, volumeHandle)]);
  await deletePod('web-0');
  await bench.addPod('web-1', { claim: 'data', node: 'node-2' });
  expect(await bench.event('web-1', 'FailedAttachVolume')).toContain('Multi-Attach error for volume');
  expect(bench.csi.calls.filter((call) => call.startsWith('controllerUnpublish'))).toEqual([]);
  await tell('node-1', 'True');
  await attachedTo('node-2');
});

test('a silent node keeps its volume until a proof names the attachment', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  const { metadata } = await attachedTo('node-1');
  await tell('node-1', 'Unknown', [uniqueVolumeName(driverName, volumeHandle)]);
  await deletePod('web-0');
  await bench.addPod('web-1', { claim: 'data', node: 'node-2' });
  await bench.event('web-1', 'FailedAttachVolume');
  await systemClock.sleep(100, bench.signal);
  expect(bench.csi.calls.filter((call) => call.startsWith('controllerUnpublish'))).toEqual([]);
  await bench.client.create(
    fenceProofs,
    {
      metadata: { name: `${volumeName}-1` },
      spec: {
        class: 'Gate',
        volumeName,
        volumeHandle,
        driver: driverName,
        nodeName: 'node-1',
        bootID: 'boot-1',
        epoch: 1,
        attachmentUID: metadata.uid,
        cause: 'NodeUnresponsive',
        suspectedAt: '2026-01-01T00:00:00.000000Z',
        provenAt: '2026-01-01T00:00:00.000000Z',
        evidence: {},
      },
    },
    bench.signal,
  );
  await attachedTo('node-2');
});

test('a driver that talks too much is quoted as far as a status takes it', async () => {
  const tooLong = new RpcError('UNAVAILABLE', 'é'.repeat(2000));
  bench.csi.failNext('controllerPublishVolume', ...Array.from({ length: 100 }, () => tooLong));
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  const failed = ({ status }: VolumeAttachment): boolean => status?.attachError?.message !== undefined;
  const { status } = await bench.until(volumeAttachments, nameOn('node-1'), failed);
  const message = status?.attachError?.message ?? '';
  expect(message).toMatch(/^rpc error: code = Unavailable desc = é+$/);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
});

test('a failed attach is reported and tried again', async () => {
  bench.csi.failNext(
    'controllerPublishVolume',
    new RpcError('RESOURCE_EXHAUSTED', 'too many'),
    new RpcError('UNAVAILABLE', 'gone'),
  );
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  const attachment = await attachedTo('node-1');
  expect(attachment.status?.attachError).toBeUndefined();
  expect(await bench.event('web-0', 'FailedAttachVolume')).toContain('rpc error: code = ');
});

test('a failed detach keeps the attachment until it has succeeded', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  bench.csi.failNext('controllerUnpublishVolume', ...Array.from({ length: 3 }, () => new RpcError('INTERNAL', 'busy')));
  await deletePod('web-0');
  await bench.until(
    volumeAttachments,
    nameOn('node-1'),
    ({ status }) => status?.detachError?.message === 'rpc error: code = Internal desc = busy',
  );
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
  expect(bench.csi.volumes.get(volumeHandle)?.publishedTo.size).toBe(0);
});

test('killed while attaching -> the same attachment, once', async () => {
  const release = bench.csi.hold('controllerPublishVolume');
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await bench.until(volumeAttachments, nameOn('node-1'), () => true);
  const restarted = bench.restart();
  release();
  await restarted;
  const attachment = await attachedTo('node-1');
  expect(attachment.status?.attachmentMetadata?.['epoch']).toBe('1');
});

test('an attachment deleted by hand under a running pod stays until the pod is gone', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  const running = {
    at: { namespace: 'default', name: 'web-0' },
    subresource: 'status',
    body: { status: { phase: 'Running' } },
  } as const;
  await bench.client.patch(pods, running, bench.signal);
  await bench.client.delete(volumeAttachments, { at: { name: nameOn('node-1') } }, bench.signal);
  await bench.until(nodes, 'node-1', ({ status }) => !status?.volumesAttached?.length);
  await systemClock.sleep(50, bench.signal);
  expect(bench.csi.calls.filter((call) => call.startsWith('controllerUnpublish'))).toEqual([]);
  await deletePod('web-0');
  await bench.untilGone(volumeAttachments, nameOn('node-1'));
});

test('the volume object is kept while an attachment exists', async () => {
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await attachedTo('node-1');
  const volume = await bench.client.get(persistentVolumes, { name: volumeName }, bench.signal);
  expect(volume.metadata.finalizers).toContain('external-attacher/local-csi-amarre-io');
});
