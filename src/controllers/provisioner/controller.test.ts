import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { csiDrivers, persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { systemClock } from '../../base/system-clock.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import { driverName } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { withControllers } from '../../simulation/storage-controllers.ts';
import { provisionerController } from './controller.ts';

let bench: StorageBench;

beforeEach(async () => {
  bench = await startStorageBench((deps, csi) => [
    ...withControllers('binder', 'protection')(deps, csi),
    provisionerController(deps, { csi: csi.driver(), driver: driverName, timeoutMs: 1_000 }),
  ]);
});
afterEach(() => bench.stop());

const isBound = ({ status }: PersistentVolumeClaim): boolean => status?.phase === 'Bound';
const claimAt = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });

test('a claim gets a volume of its own', async () => {
  await bench.addClass({ parameters: { 'csi.storage.k8s.io/fstype': 'xfs' } });
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', isBound);
  const volume = await bench.until(persistentVolumes, `pvc-${metadata.uid}`, ({ status }) => status?.phase === 'Bound');
  expect(volume.spec).toMatchObject({
    capacity: { storage: '1Gi' },
    persistentVolumeReclaimPolicy: 'Delete',
    storageClassName: 'fast',
    csi: { driver: driverName, volumeHandle: `vol-pvc-${metadata.uid}`, fsType: 'xfs' },
  });
  expect(volume.metadata.annotations).toMatchObject({ 'pv.kubernetes.io/provisioned-by': driverName });
  expect(Number(volume.metadata.annotations?.['amarre.io/create-volume-ms'])).toBeGreaterThanOrEqual(0);
  expect(await bench.event('data', 'ProvisioningSucceeded')).toBe(
    `Successfully provisioned volume pvc-${metadata.uid}`,
  );
  expect((await bench.client.get(csiDrivers, { name: driverName }, bench.signal)).spec).toMatchObject({
    attachRequired: true,
    fsGroupPolicy: 'File',
  });
});

test('a deleted claim takes its volume along, in the storage too', async () => {
  await bench.addClass();
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', isBound);
  await bench.client.delete(persistentVolumeClaims, { at: claimAt('data') }, bench.signal);
  await bench.untilGone(persistentVolumes, `pvc-${metadata.uid}`);
  expect(bench.csi.volumes.size).toBe(0);
  expect(bench.csi.calls.filter((call) => call.startsWith('deleteVolume'))).toHaveLength(1);
});

test('a retained volume outlives its claim', async () => {
  await bench.addClass({ reclaimPolicy: 'Retain' });
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', isBound);
  await bench.client.delete(persistentVolumeClaims, { at: claimAt('data') }, bench.signal);
  await bench.until(persistentVolumes, `pvc-${metadata.uid}`, ({ status }) => status?.phase === 'Released');
  expect(bench.csi.volumes.size).toBe(1);
});

test('a volume whose deletion is refused stays until the driver gives in', async () => {
  await bench.addClass();
  const { metadata } = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', isBound);
  bench.csi.failNext(
    'deleteVolume',
    new RpcError('FAILED_PRECONDITION', 'in use'),
    new RpcError('UNAVAILABLE', 'gone'),
  );
  await bench.client.delete(persistentVolumeClaims, { at: claimAt('data') }, bench.signal);
  await bench.untilGone(persistentVolumes, `pvc-${metadata.uid}`);
  expect(await bench.event(`pvc-${metadata.uid}`, 'VolumeFailedDelete')).toContain('rpc error: code =');
  expect(bench.csi.volumes.size).toBe(0);
});

test('killed between CreateVolume and saving the object -> one volume', async () => {
  await bench.addClass();
  const release = bench.csi.hold('createVolume');
  await bench.addClaim('data');
  while (!bench.csi.calls.some((call) => call.startsWith('createVolume'))) await systemClock.sleep(5, bench.signal);
  const restarted = bench.restart();
  release();
  await restarted;
  await bench.until(persistentVolumeClaims, 'data', isBound);
  expect(bench.csi.volumes.size).toBe(1);
  expect(bench.csi.calls.filter((call) => call.startsWith('createVolume')).length).toBeGreaterThan(1);
});

test('a claim deleted while its volume is in the making leaves no volume behind', async () => {
  await bench.addClass();
  bench.csi.failNext('createVolume', ...Array.from({ length: 4 }, () => new RpcError('DEADLINE_EXCEEDED', 'slow')));
  await bench.addClaim('data');
  await bench.event('data', 'ProvisioningFailed');
  await bench.client.delete(persistentVolumeClaims, { at: claimAt('data') }, bench.signal);
  await bench.untilGone(persistentVolumeClaims, 'data');
  expect(bench.csi.volumes.size).toBe(0);
});

test('an impossible size is reported, tried again, and can be given up', async () => {
  await bench.addClass();
  bench.csi.failNext('createVolume', ...Array.from({ length: 50 }, () => new RpcError('OUT_OF_RANGE', 'too large')));
  await bench.addClaim('data');
  expect(await bench.event('data', 'ProvisioningFailed')).toBe(
    'failed to provision volume with StorageClass "fast": rpc error: code = OutOfRange desc = too large',
  );
  await bench.client.delete(persistentVolumeClaims, { at: claimAt('data') }, bench.signal);
  await bench.untilGone(persistentVolumeClaims, 'data');
});

test('no room on the selected node -> the scheduler chooses again', async () => {
  await bench.addClass({ volumeBindingMode: 'WaitForFirstConsumer' });
  await bench.addNode('node-1');
  bench.csi.failNext('createVolume', new RpcError('RESOURCE_EXHAUSTED', 'full'));
  await bench.addClaim('data');
  const selected = { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } } };
  await bench.client.patch(persistentVolumeClaims, { at: claimAt('data'), body: selected }, bench.signal);
  await bench.event('data', 'ProvisioningFailed');
  await bench.until(
    persistentVolumeClaims,
    'data',
    ({ metadata }) => metadata.annotations?.['volume.kubernetes.io/selected-node'] === undefined,
  );
  await bench.client.patch(persistentVolumeClaims, { at: claimAt('data'), body: selected }, bench.signal);
  await bench.until(persistentVolumeClaims, 'data', isBound);
});

test('a clone keeps its source until the copy is made', async () => {
  await bench.addClass();
  await bench.addClaim('source');
  await bench.until(persistentVolumeClaims, 'source', isBound);
  const release = bench.csi.hold('createVolume');
  await bench.addClaim('copy', { dataSource: { kind: 'PersistentVolumeClaim', name: 'source' } });
  await bench.until(
    persistentVolumeClaims,
    'source',
    ({ metadata }) => metadata.finalizers?.includes('provisioner.storage.kubernetes.io/cloning-protection') ?? false,
  );
  release();
  await bench.until(persistentVolumeClaims, 'copy', isBound);
  await bench.until(
    persistentVolumeClaims,
    'source',
    ({ metadata }) => !metadata.finalizers?.includes('provisioner.storage.kubernetes.io/cloning-protection'),
  );
  expect(
    [...bench.csi.volumes.values()].map(({ contentSource }) => contentSource?.volume?.volumeId).filter(Boolean),
  ).toHaveLength(1);
});

test('a hundred claims at once are all bound, one volume each', async () => {
  await bench.addClass();
  const names = Array.from({ length: 100 }, (_, index) => `data-${index}`);
  await Promise.all(names.map((name) => bench.addClaim(name)));
  for (const name of names) await bench.until(persistentVolumeClaims, name, isBound);
  expect(bench.csi.volumes.size).toBe(100);
}, 30_000);
