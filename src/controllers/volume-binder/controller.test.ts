import { afterEach, beforeEach, expect, test } from 'vitest';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { driverName, volumeObject } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { volumeBinderController } from './controller.ts';

let bench: StorageBench;

beforeEach(async () => {
  bench = await startStorageBench((deps) => [volumeBinderController(deps)]);
});
afterEach(() => bench.stop());

function staticVolume(name: string, storage: string): Promise<unknown> {
  const { spec } = volumeObject({ spec: { capacity: { storage }, persistentVolumeReclaimPolicy: 'Retain' } });
  return bench.client.create(persistentVolumes, { metadata: { name }, spec: spec! }, bench.signal);
}

test('a claim takes the smallest volume that fits, and both say so', async () => {
  await bench.addClass();
  await staticVolume('large', '5Gi');
  await staticVolume('fits', '2Gi');
  await bench.until(persistentVolumes, 'fits', ({ status }) => status?.phase === 'Available');
  await bench.until(persistentVolumes, 'large', ({ status }) => status?.phase === 'Available');
  await bench.addClaim('data');
  const claim = await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  expect(claim.spec?.volumeName).toBe('fits');
  expect(claim.status?.capacity).toEqual({ storage: '2Gi' });
  expect(claim.metadata.annotations).toMatchObject({
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
  });
  const volume = await bench.until(persistentVolumes, 'fits', ({ status }) => status?.phase === 'Bound');
  expect(volume.spec?.claimRef?.uid).toBe(claim.metadata.uid);
});

test('a retained volume is released and not bound again to a claim of the same name', async () => {
  await bench.addClass({ provisioner: 'kubernetes.io/no-provisioner' });
  await staticVolume('only', '1Gi');
  const first = await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  await bench.client.patch(
    persistentVolumeClaims,
    { at: { namespace: 'default', name: 'data' }, body: { metadata: { finalizers: null } } },
    bench.signal,
  );
  await bench.client.delete(persistentVolumeClaims, { at: { namespace: 'default', name: 'data' } }, bench.signal);
  await bench.until(persistentVolumes, 'only', ({ status }) => status?.phase === 'Released');
  const second = await bench.addClaim('data');
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  await bench.restart();
  const volume = await bench.until(persistentVolumes, 'only', ({ status }) => status?.phase === 'Released');
  expect(volume.spec?.claimRef?.uid).toBe(first.metadata.uid);
});

test('a claim without a volume is handed to its provisioner', async () => {
  await bench.addClass();
  await bench.addClaim('data');
  const claim = await bench.until(persistentVolumeClaims, 'data', ({ metadata }) =>
    Boolean(metadata.annotations?.['volume.kubernetes.io/storage-provisioner']),
  );
  expect(claim.metadata.annotations).toMatchObject({ 'volume.beta.kubernetes.io/storage-provisioner': driverName });
  expect(await bench.event('data', 'ExternalProvisioning')).toContain(driverName);
});

test('a claim for an unknown class says so, and binds when the class appears', async () => {
  await bench.addClaim('data');
  expect(await bench.event('data', 'ProvisioningFailed')).toBe('storageclass.storage.k8s.io "fast" not found');
  await bench.addClass();
  await bench.until(persistentVolumeClaims, 'data', ({ metadata }) =>
    Boolean(metadata.annotations?.['volume.kubernetes.io/storage-provisioner']),
  );
});

test('delayed binding waits for a pod', async () => {
  await bench.addClass({ volumeBindingMode: 'WaitForFirstConsumer' });
  await bench.addClaim('data');
  expect(await bench.event('data', 'WaitForFirstConsumer')).toBe(
    'waiting for first consumer to be created before binding',
  );
});

test('a bound claim whose volume vanishes is Lost', async () => {
  await bench.addClass();
  await staticVolume('only', '1Gi');
  await bench.until(persistentVolumes, 'only', ({ status }) => status?.phase === 'Available');
  await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  await bench.client.patch(
    persistentVolumes,
    { at: { name: 'only' }, body: { metadata: { finalizers: null } } },
    bench.signal,
  );
  await bench.client.delete(persistentVolumes, { at: { name: 'only' } }, bench.signal);
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Lost');
  expect(await bench.event('data', 'ClaimLost')).toContain('Data on the volume is lost!');
});
