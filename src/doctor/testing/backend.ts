// What does a storage backend say of itself, in tests of rules?

import type { CSIStorageCapacity } from '../../apis/storage/generated/v1.ts';
import type { BackendDisk, StoragePool, VolumeStats } from '../snapshot/types.ts';
import { driverName, type Overrides, object } from './builders.ts';

export const gibibyte = 2 ** 30;

/** A report for the class `fast` in zone-a. */
export function capacityReport(capacity: string, overrides: Overrides<CSIStorageCapacity> = {}): CSIStorageCapacity {
  return object<CSIStorageCapacity>(
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSIStorageCapacity', name: 'csisc-1', namespace: 'storage' },
    {
      storageClassName: 'fast',
      capacity,
      nodeTopology: { matchLabels: { 'topology.kubernetes.io/zone': 'zone-a' } },
      ...overrides,
    },
  );
}

/** A pool of 100 GiB, half of it used. */
export function pool(overrides: Overrides<StoragePool> = {}): StoragePool {
  return object<StoragePool>(
    { apiVersion: 'doctor.amarre.io/v1', kind: 'StoragePool', name: 'ssd' },
    { driver: driverName, physicalBytes: 100 * gibibyte, usedBytes: 50 * gibibyte, ...overrides },
  );
}

/** The disk of `pv-1`. */
export function backendDisk(overrides: Overrides<BackendDisk> = {}): BackendDisk {
  return object<BackendDisk>(
    { apiVersion: 'doctor.amarre.io/v1', kind: 'BackendDisk', name: overrides.volumeHandle ?? 'disk-1' },
    { driver: driverName, volumeHandle: 'disk-1', sizeBytes: 10 * gibibyte, ...overrides },
  );
}

/** Usage of the claim `shop/data`: 10 GiB, half of it free. */
export function volumeStats(overrides: Overrides<VolumeStats> = {}): VolumeStats {
  return object<VolumeStats>(
    { apiVersion: 'v1', kind: 'VolumeStats', name: 'data', namespace: 'shop' },
    {
      nodeName: 'node-1',
      podName: 'db-0',
      capacityBytes: 10 * gibibyte,
      availableBytes: 5 * gibibyte,
      inodes: 1000,
      inodesFree: 900,
      ...overrides,
    },
  );
}
