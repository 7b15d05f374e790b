// How are snapshots cut, deleted and listed?

import { RpcError } from '../../rpc-error.ts';
import type { ControllerService, Implementation } from '../../services.ts';
import type { Snapshot } from '../../snapshot-types.ts';
import type { Outgoing } from '../../types.ts';
import { type ControllerContext, promisedBytes, snapshotLock, volumeLock } from './context.ts';
import { idOfName, isPossibleId } from './names.ts';
import { pageOf } from './pages.ts';
import type { SnapshotRecord } from './record.ts';
import { requireField } from './store.ts';

type Calls = Pick<
  Implementation<ControllerService>,
  'createSnapshot' | 'deleteSnapshot' | 'listSnapshots' | 'getSnapshot'
>;

export function createSnapshotCalls(context: ControllerContext): Calls {
  const { store, backend, locks } = context;
  return {
    async createSnapshot({ name, sourceVolumeId }, signal) {
      requireField('name', name);
      requireField('source_volume_id', sourceVolumeId);
      const snapshotId = idOfName(name);
      return locks.tryRun(snapshotLock(snapshotId), async () => {
        const existing = store.snapshot(snapshotId);
        if (existing && existing.sourceVolumeId !== sourceVolumeId) {
          throw new RpcError(
            'ALREADY_EXISTS',
            `Snapshot ${name} exists and was cut from volume ${existing.sourceVolumeId}`,
          );
        }
        const record = existing ?? (await cut({ context, name, snapshotId, sourceVolumeId }, signal));
        return { snapshot: describeSnapshot(record) };
      });
    },

    async deleteSnapshot({ snapshotId }) {
      requireField('snapshot_id', snapshotId);
      if (!isPossibleId(snapshotId)) return {};
      return locks.tryRun(snapshotLock(snapshotId), async () => {
        await store.deleteSnapshot(snapshotId);
        await backend.removeSnapshot(snapshotId);
        return {};
      });
    },

    async getSnapshot({ snapshotId }) {
      requireField('snapshot_id', snapshotId);
      const record = store.snapshot(snapshotId);
      if (!record) throw new RpcError('NOT_FOUND', `Snapshot ${snapshotId} does not exist`);
      return { snapshot: describeSnapshot(record) };
    },

    async listSnapshots({ maxEntries, startingToken, snapshotId, sourceVolumeId }) {
      const matches = store.snapshots().filter((record) => {
        if (snapshotId !== '' && record.snapshotId !== snapshotId) return false;
        return sourceVolumeId === '' || record.sourceVolumeId === sourceVolumeId;
      });
      const { items, nextToken } = pageOf(matches, { maxEntries, startingToken, idOf: (record) => record.snapshotId });
      return { entries: items.map((record) => ({ snapshot: describeSnapshot(record) })), nextToken };
    },
  };
}

interface Cutting {
  context: ControllerContext;
  name: string;
  snapshotId: string;
  sourceVolumeId: string;
}

async function cut(
  { context, name, snapshotId, sourceVolumeId }: Cutting,
  signal: AbortSignal,
): Promise<SnapshotRecord> {
  const { store, backend, locks, clock } = context;
  return locks.run(volumeLock(sourceVolumeId), async () => {
    const volume = store.volumeOrThrow(sourceVolumeId);
    const { allocatedBytes } = await backend.snapshot(
      { volumeId: sourceVolumeId, generation: volume.generation },
      snapshotId,
      signal,
    );
    const createdAt = clock.now();
    const { availableBytes } = await backend.capacity(promisedBytes(context));
    if (allocatedBytes > availableBytes) {
      await backend.removeSnapshot(snapshotId);
      throw new RpcError(
        'RESOURCE_EXHAUSTED',
        `Cannot keep a snapshot of volume ${sourceVolumeId}: it can grow to ${allocatedBytes} bytes, the pool has ${availableBytes} bytes left`,
      );
    }
    const record: SnapshotRecord = {
      format: 1,
      snapshotId,
      name,
      sourceVolumeId,
      volumeMode: volume.volumeMode,
      sizeBytes: volume.capacityBytes,
      allocatedBytes,
      createdAt,
    };
    await store.saveSnapshot(record);
    return record;
  });
}

function describeSnapshot({ snapshotId, sourceVolumeId, sizeBytes, createdAt }: SnapshotRecord): Outgoing<Snapshot> {
  const seconds = Math.floor(createdAt / 1000);
  const creationTime = { seconds, nanos: Math.floor((createdAt - seconds * 1000) * 1e6) };
  return { snapshotId, sourceVolumeId, sizeBytes, creationTime, readyToUse: true };
}
