// In which pools of a storage backend do the volumes of a class lie?

import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { csiDriverName } from './in-tree.ts';
import type { Snapshot } from './snapshot.ts';
import type { StoragePool } from './types.ts';

export function poolsOfClass(snapshot: Snapshot, { provisioner, metadata: { name } }: StorageClass): StoragePool[] {
  const pools = snapshot.where('pools', {
    index: 'poolsByDriver',
    key: csiDriverName(provisioner),
    keysOf: ({ driver }) => [driver],
  });
  return pools.filter(({ classNames }) => classNames === undefined || classNames.includes(name));
}

/** Bytes of the pool that nothing has written to. */
export function freeBytes({ physicalBytes, usedBytes }: StoragePool): number {
  return physicalBytes - usedBytes;
}
