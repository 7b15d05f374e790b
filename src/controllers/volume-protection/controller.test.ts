import { afterEach, beforeEach, expect, test } from 'vitest';
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttributesClasses } from '../../apis/resources.ts';
import { systemClock } from '../../base/system-clock.ts';
import { driverName } from '../../simulation/objects.ts';
import { type StorageBench, startStorageBench } from '../../simulation/storage-bench.ts';
import { withControllers } from '../../simulation/storage-controllers.ts';
import { volumeProtectionController } from './controller.ts';

let bench: StorageBench;

beforeEach(async () => {
  bench = await startStorageBench((deps, csi) => [
    ...withControllers('binder', 'provisioner')(deps, csi),
    volumeProtectionController(deps, { provisioners: [driverName] }),
  ]);
  await bench.addClass();
  await bench.addNode('node-1');
});
afterEach(() => bench.stop());

test('a claim stays while a scheduled pod names it, and goes with the pod', async () => {
  await bench.addClaim('data');
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  await bench.addPod('web-0', { claim: 'data', node: 'node-1' });
  await bench.client.delete(persistentVolumeClaims, { at: { namespace: 'default', name: 'data' } }, bench.signal);
  await systemClock.sleep(100, bench.signal);
  const claim = await bench.until(
    persistentVolumeClaims,
    'data',
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  expect(claim.metadata.finalizers).toContain('kubernetes.io/pvc-protection');
  await bench.client.delete(pods, { at: { namespace: 'default', name: 'web-0' }, gracePeriodSeconds: 0 }, bench.signal);
  await bench.untilGone(persistentVolumeClaims, 'data');
});

test('a volume that is deleted first stays until its claim is gone, then goes from the storage as well', async () => {
  const { metadata } = await bench.addClaim('data');
  const name = `pvc-${metadata.uid}`;
  await bench.until(persistentVolumeClaims, 'data', ({ status }) => status?.phase === 'Bound');
  await bench.until(persistentVolumes, name, ({ status }) => status?.phase === 'Bound');
  await bench.client.delete(persistentVolumes, { at: { name } }, bench.signal);
  await systemClock.sleep(100, bench.signal);
  await bench.until(persistentVolumes, name, (volume) => volume.metadata.deletionTimestamp !== undefined);
  expect(bench.csi.volumes.size).toBe(1);
  await bench.client.delete(persistentVolumeClaims, { at: { namespace: 'default', name: 'data' } }, bench.signal);
  await bench.untilGone(persistentVolumes, name);
  expect(bench.csi.volumes.size).toBe(0);
});

test('a class of attributes stays while a claim asks for it, and goes with the claim', async () => {
  const gold = { metadata: { name: 'gold' }, driverName, parameters: { iops: '9' } };
  await bench.client.create(volumeAttributesClasses, gold, bench.signal);
  await bench.addClaim('data', { volumeAttributesClassName: 'gold' });
  await bench.client.delete(volumeAttributesClasses, { at: { name: 'gold' } }, bench.signal);
  await systemClock.sleep(100, bench.signal);
  const { metadata } = await bench.until(volumeAttributesClasses, 'gold', () => true);
  expect(metadata.finalizers).toEqual(['kubernetes.io/vac-protection']);
  await bench.client.delete(persistentVolumeClaims, { at: { namespace: 'default', name: 'data' } }, bench.signal);
  await bench.untilGone(volumeAttributesClasses, 'gold');
});
