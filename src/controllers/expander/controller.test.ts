import { afterEach, expect, test } from 'vitest';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { FakeCsiOptions } from '../../simulation/fake-csi-driver.ts';
import { driverName } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { withControllers } from '../../simulation/storage-controllers.ts';
import { expanderController } from './controller.ts';

let bench: StorageBench;
let volumeName: string;

async function start(options: FakeCsiOptions = {}): Promise<void> {
  bench = await startStorageBench(
    (deps, csi) => [
      ...withControllers('binder', 'provisioner')(deps, csi),
      expanderController(deps, { csi: csi.driver(), driver: driverName }),
    ],
    options,
  );
  await bench.addClass();
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  volumeName = `pvc-${metadata.uid}`;
}

afterEach(() => bench.stop());

async function ask(storage: string): Promise<void> {
  const body = { spec: { resources: { requests: { storage } } } };
  await bench.client.patch(persistentVolumeClaims, { at: { namespace: 'default', name: 'data' }, body }, bench.signal);
}

const statusIs = (wanted: string | undefined) =>
  bench.until(
    persistentVolumeClaims,
    'data',
    ({ status }) => status?.allocatedResourceStatuses?.['storage'] === wanted,
  );

test('a raised claim grows in the storage and is left to the node', async () => {
  await start();
  await ask('2Gi');
  const claim = await statusIs('NodeResizePending');
  expect(claim.status).toMatchObject({ capacity: { storage: '1Gi' }, allocatedResources: { storage: '2Gi' } });
  expect(claim.status?.conditions?.map(({ type }) => type)).toEqual(['FileSystemResizePending']);
  expect((await bench.client.get(persistentVolumes, { name: volumeName }, bench.signal)).spec?.capacity).toEqual({
    storage: '2Gi',
  });
  expect(await bench.event('data', 'Resizing')).toBe(`External resizer is resizing volume ${volumeName}`);
  expect(await bench.event('data', 'FileSystemResizeRequired')).toBe('Require file system resize of volume on node');
});

test('a driver that needs no node -> done at once', async () => {
  await start({ nodeExpansionRequired: false });
  await ask('2Gi');
  const claim = await bench.until(
    persistentVolumeClaims,
    'data',
    ({ status }) => status?.capacity?.['storage'] === '2Gi',
  );
  expect(claim.status?.allocatedResourceStatuses?.['storage']).toBeUndefined();
  expect(claim.status?.conditions ?? []).toEqual([]);
  expect(await bench.event('data', 'VolumeResizeSuccessful')).toBe('Resize volume succeeded');
});

test('an impossible size -> infeasible, until less is asked for', async () => {
  await start();
  bench.csi.failNext('controllerExpandVolume', new RpcError('OUT_OF_RANGE', 'too large'));
  await ask('9Gi');
  const claim = await statusIs('ControllerResizeInfeasible');
  expect(claim.status?.conditions).toMatchObject([
    { type: 'ControllerResizeError', message: 'rpc error: code = OutOfRange desc = too large' },
  ]);
  await ask('2Gi');
  expect((await statusIs('NodeResizePending')).status?.allocatedResources).toEqual({ storage: '2Gi' });
});

test('a driver that is busy -> tried again', async () => {
  await start();
  bench.csi.failNext('controllerExpandVolume', new RpcError('UNAVAILABLE', 'gone'), new RpcError('ABORTED', 'pending'));
  await ask('2Gi');
  await statusIs('NodeResizePending');
  expect(await bench.event('data', 'VolumeResizeFailed')).toContain('rpc error: code = ');
});

test('killed while growing -> finished by the next process', async () => {
  await start();
  const release = bench.csi.hold('controllerExpandVolume');
  await ask('2Gi');
  await statusIs('ControllerResizeInProgress');
  const restarted = bench.restart();
  release();
  await restarted;
  await statusIs('NodeResizePending');
});
