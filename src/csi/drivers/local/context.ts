// What do the controller's calls share?

import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import type { Backend } from './backend.ts';
import type { LocalDriverConfig } from './config.ts';
import type { KeyedLocks } from './locks.ts';
import type { RecordStore } from './store.ts';

export interface ControllerContext {
  config: LocalDriverConfig;
  store: RecordStore;
  backend: Backend;
  locks: KeyedLocks;
  clock: Clock;
  log: Logger;
  /** Bytes promised to creates and expansions that have no record yet, by volume ID. */
  pendingBytes: Map<string, number>;
}

export function volumeLock(volumeId: string): string {
  return `volume ${volumeId}`;
}

export function snapshotLock(snapshotId: string): string {
  return `snapshot ${snapshotId}`;
}

/** Bytes promised to everything that exists or is being made. */
export function promisedBytes({ store, pendingBytes }: ControllerContext): number {
  const volumes = store.volumes().reduce((sum, { capacityBytes }) => sum + capacityBytes, 0);
  const snapshots = store.snapshots().reduce((sum, { allocatedBytes }) => sum + allocatedBytes, 0);
  const pending = [...pendingBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return volumes + snapshots + pending;
}
