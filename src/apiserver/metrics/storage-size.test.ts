import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { silentLogger } from '../../base/log.ts';
import { memoryStore } from '../../kvstore/memory-store.ts';
import { storageSize } from './storage-size.ts';

const sized = (isShared: boolean, sizeBytes: () => Promise<number | undefined>) => ({
  clock: new FakeClock(),
  log: silentLogger,
  store: Object.assign(memoryStore(), { isShared, sizeBytes }),
});

test.each([
  { name: 'etcd', isShared: true, size: 5, want: [{ labels: { storage_cluster_id: 'etcd-0' }, value: 5 }] },
  { name: 'LMDB', isShared: false, size: 0, want: [{ labels: { storage_cluster_id: 'lmdb-0' }, value: 0 }] },
  { name: 'memory', isShared: false, size: undefined, want: [] },
])('the size of a store: $name -> $want', async ({ isShared, size, want }) => {
  const metrics = await storageSize(sized(isShared, () => Promise.resolve(size)));
  expect(metrics.flatMap(({ samples }) => samples)).toEqual(want);
});

test('a store that fails, or does not answer within a second -> nothing is told of it', async () => {
  expect(await storageSize(sized(true, () => Promise.reject(new Error('gone'))))).toEqual([]);
  const silent = sized(true, () => new Promise(() => {}));
  const metrics = storageSize(silent);
  await silent.clock.advance(1000);
  expect(await metrics).toEqual([]);
});
