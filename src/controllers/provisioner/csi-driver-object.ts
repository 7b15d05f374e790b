// How does the cluster know what the driver needs? Its CSIDriver object.

import type { Draft } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { csiDrivers } from '../../apis/resources.ts';
import type { CSIDriver } from '../../apis/storage/generated/v1.ts';
import type { Client } from '../../client/types.ts';

/** The CSIDriver object of the local driver. */
export function csiDriverObject(driver: string): Draft<CSIDriver> {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: driver },
    spec: {
      attachRequired: true,
      podInfoOnMount: true,
      fsGroupPolicy: 'File',
      // No CSIStorageCapacity objects are published, so the scheduler must not look for them.
      storageCapacity: false,
      requiresRepublish: false,
      seLinuxMount: false,
      volumeLifecycleModes: ['Persistent'],
    },
  };
}

/** Registers `driver` once; an existing object is left as it is, since most of its fields are immutable. */
export async function ensureCsiDriver(client: Client, driver: string, signal: AbortSignal): Promise<void> {
  try {
    await client.create(csiDrivers, csiDriverObject(driver), signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
