// How much room do the drivers report for new volumes?

import type { CSIStorageCapacity } from '../../apis/storage/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

export function capacitiesOfClass(snapshot: Snapshot, className: string): readonly CSIStorageCapacity[] {
  return snapshot.where('capacities', {
    index: 'capacitiesByClass',
    key: className,
    keysOf: ({ storageClassName }) => [storageClassName],
  });
}

/** The largest volume that the report allows, as the scheduler reads it: the maximum of one volume, else the free space. */
export function limitOf({ maximumVolumeSize, capacity }: CSIStorageCapacity): string {
  return maximumVolumeSize ?? capacity ?? '0';
}
