// How are volumes made, grown and deleted? Create, Expand and Delete of the Controller service.

import { RpcError } from '../../rpc-error.ts';
import type { ControllerService, Implementation } from '../../services.ts';
import type { CreateVolumeRequest, Outgoing, Topology, Volume, VolumeContentSource } from '../../types.ts';
import type { DataSource, NewVolume } from './backend.ts';
import { volumeModeOf, whyIncompatible } from './capabilities.ts';
import { poolTopology } from './config.ts';
import { type ControllerContext, promisedBytes, snapshotLock, volumeLock } from './context.ts';
import { idOfName, isPossibleId } from './names.ts';
import type { RecordedSource, VolumeRecord } from './record.ts';
import { isInRange, sizeOfExpandedVolume, sizeOfNewVolume } from './sizing.ts';
import { requireField } from './store.ts';

type Calls = Pick<Implementation<ControllerService>, 'createVolume' | 'deleteVolume' | 'controllerExpandVolume'>;

export function createVolumeCalls(context: ControllerContext): Calls {
  const { store, backend, locks, config } = context;
  return {
    async createVolume(request, signal) {
      requireField('name', request.name);
      const volumeMode = volumeModeOf(request.volumeCapabilities, config.mode);
      checkParameters(request);
      const volumeId = idOfName(request.name);
      return locks.tryRun(volumeLock(volumeId), async () => {
        const existing = store.volume(volumeId);
        const record = existing
          ? checkSame(existing, request)
          : await create({ context, request, volumeId, volumeMode }, signal);
        return { volume: describeVolume(record) };
      });
    },

    async deleteVolume({ volumeId }) {
      requireField('volume_id', volumeId);
      if (!isPossibleId(volumeId)) return {};
      return locks.tryRun(volumeLock(volumeId), async () => {
        const record = store.volume(volumeId);
        if (!record) return {};
        if (record.attachment) {
          throw new RpcError(
            'FAILED_PRECONDITION',
            `Volume ${volumeId} is published to node ${record.attachment.nodeId}`,
          );
        }
        // The record first: what it does not name is swept, while a record without data would promise it.
        await store.deleteVolume(volumeId);
        await backend.removeVolume(volumeId, String(record.createdAt));
        return {};
      });
    },

    async controllerExpandVolume({ volumeId, capacityRange, volumeCapability }) {
      if (!backend.offersExpansion)
        throw new RpcError('UNIMPLEMENTED', 'Volumes that are folders have no size to expand');
      store.volumeOrThrow(volumeId);
      return locks.tryRun(volumeLock(volumeId), async () => {
        const record = store.volumeOrThrow(volumeId);
        const why = volumeCapability && whyIncompatible(record, volumeCapability, config.mode);
        if (why) throw new RpcError('INVALID_ARGUMENT', why);
        const capacityBytes = sizeOfExpandedVolume(record.capacityBytes, capacityRange);
        if (capacityBytes > record.capacityBytes) {
          await checkEverFits(context, { volumeId, capacityBytes });
          const additionalBytes = capacityBytes - record.capacityBytes;
          await withPromise(context, { volumeId, bytes: additionalBytes }, () =>
            store.saveVolume({ ...record, capacityBytes }),
          );
        }
        // Also when the size was recorded before: the call that recorded it may have died before this.
        await backend.grow({ volumeId, generation: record.generation }, capacityBytes);
        return { capacityBytes, nodeExpansionRequired: record.volumeMode === 'mount' };
      });
    },
  };
}

/** The volume as the protocol shows it. */
export function describeVolume({ volumeId, capacityBytes, source }: VolumeRecord): Outgoing<Volume> {
  const contentSource = toContentSource(source);
  return {
    volumeId,
    capacityBytes,
    accessibleTopology: [poolTopology],
    ...(contentSource ? { contentSource } : {}),
  };
}

/** Throws OUT_OF_RANGE for more than the pool has: waiting brings no such size, so whoever asked may lower the wish. */
async function checkEverFits(
  { backend }: ControllerContext,
  { volumeId, capacityBytes }: { volumeId: string; capacityBytes: number },
): Promise<void> {
  const totalBytes = await backend.totalBytes();
  if (capacityBytes > totalBytes) {
    throw new RpcError(
      'OUT_OF_RANGE',
      `Cannot grow volume ${volumeId} to ${capacityBytes} bytes: the pool has ${totalBytes} bytes for all volumes`,
    );
  }
}

/** Makes sure that the pool can hold `bytes` more while `task` makes them part of a record. */
async function withPromise<T>(
  context: ControllerContext,
  { volumeId, bytes }: { volumeId: string; bytes: number },
  task: () => Promise<T>,
): Promise<T> {
  // The promise is entered before anything is awaited, so that two calls can't be promised the same bytes.
  context.pendingBytes.set(volumeId, bytes);
  try {
    const others = promisedBytes(context) - bytes;
    const { availableBytes } = await context.backend.capacity(others);
    if (bytes > availableBytes) {
      throw new RpcError(
        'RESOURCE_EXHAUSTED',
        `Cannot promise ${bytes} bytes to volume ${volumeId}: the pool has ${availableBytes} bytes left, ${others} are promised to others`,
      );
    }
    return await task();
  } finally {
    context.pendingBytes.delete(volumeId);
  }
}

interface Creating {
  context: ControllerContext;
  request: CreateVolumeRequest;
  volumeId: string;
  volumeMode: 'mount' | 'block';
}

async function create(
  { context, request, volumeId, volumeMode }: Creating,
  signal: AbortSignal,
): Promise<VolumeRecord> {
  const { store, backend, clock } = context;
  checkTopology(request.accessibilityRequirements?.requisite ?? []);
  if (request.volumeContentSource?.volume?.volumeId === volumeId) {
    throw new RpcError('NOT_FOUND', `Volume ${volumeId} cannot be its own source: it does not exist`);
  }
  return withSource(context, request.volumeContentSource, async (source) => {
    if (source && source.volumeMode !== volumeMode) {
      throw new RpcError(
        'INVALID_ARGUMENT',
        `A ${volumeMode} volume cannot be made from a ${source.volumeMode} volume`,
      );
    }
    const minimumBytes = Math.max(backend.minimumBytes(volumeMode), source?.sizeBytes ?? 0);
    const sizeBytes = sizeOfNewVolume(request.capacityRange, { minimumBytes });
    const volume: NewVolume = { volumeId, sizeBytes, volumeMode };
    return withPromise(context, { volumeId, bytes: sizeBytes }, async () => {
      if (source) await backend.createFrom(volume, source.data, signal);
      else await backend.create(volume, signal);
      const record: VolumeRecord = {
        format: 1,
        volumeId,
        name: request.name,
        capacityBytes: sizeBytes,
        volumeMode,
        source: toRecordedSource(request.volumeContentSource),
        createdAt: clock.now(),
        generation: 0,
        zombies: [],
      };
      await store.saveVolume(record);
      return record;
    });
  });
}

interface FoundSource {
  data: DataSource;
  sizeBytes: number;
  volumeMode: 'mount' | 'block';
}

/** Runs `task` while nothing changes the source. Rejects with NOT_FOUND when there is none of that ID. */
async function withSource<T>(
  { store, locks }: ControllerContext,
  source: VolumeContentSource | undefined,
  task: (found: FoundSource | undefined) => Promise<T>,
): Promise<T> {
  if (!source) return task(undefined);
  if (source.snapshot) {
    const { snapshotId } = source.snapshot;
    return locks.run(snapshotLock(snapshotId), () => {
      const snapshot = store.snapshot(snapshotId);
      if (!snapshot) throw new RpcError('NOT_FOUND', `Snapshot ${snapshotId} does not exist`);
      return task({
        data: { type: 'Snapshot', snapshotId },
        sizeBytes: snapshot.sizeBytes,
        volumeMode: snapshot.volumeMode,
      });
    });
  }
  if (!source.volume)
    throw new RpcError('INVALID_ARGUMENT', 'volume_content_source names neither a snapshot nor a volume');
  const { volumeId } = source.volume;
  return locks.run(volumeLock(volumeId), () => {
    const { generation, capacityBytes, volumeMode } = store.volumeOrThrow(volumeId);
    return task({ data: { type: 'Generation', volumeId, generation }, sizeBytes: capacityBytes, volumeMode });
  });
}

/** CSI: CreateVolume Errors, "Volume already exists but is incompatible". */
function checkSame(record: VolumeRecord, request: CreateVolumeRequest): VolumeRecord {
  const source = toRecordedSource(request.volumeContentSource);
  if (source.snapshotId !== record.source.snapshotId || source.volumeId !== record.source.volumeId) {
    throw new RpcError('ALREADY_EXISTS', `Volume ${record.name} exists and was made from another source`);
  }
  if (!isInRange(record.capacityBytes, request.capacityRange)) {
    throw new RpcError(
      'ALREADY_EXISTS',
      `Volume ${record.name} exists with ${record.capacityBytes} bytes, outside the requested range`,
    );
  }
  return record;
}

/** Parameters of other components travel along with a prefix and are none of ours; a word of our own must be known. */
function checkParameters({ parameters, mutableParameters }: CreateVolumeRequest): void {
  const unknown = [...Object.keys(parameters), ...Object.keys(mutableParameters)].find((key) => !key.includes('/'));
  if (unknown !== undefined)
    throw new RpcError('INVALID_ARGUMENT', `Parameter "${unknown}" is not known: this driver has none`);
}

function checkTopology(requisite: Topology[]): void {
  const [[key, value] = ['', '']] = Object.entries(poolTopology.segments);
  if (requisite.length > 0 && !requisite.some(({ segments }) => segments[key] === value)) {
    throw new RpcError('RESOURCE_EXHAUSTED', `No requisite topology has ${key}=${value}, where this pool is`);
  }
}

function toRecordedSource(source: VolumeContentSource | undefined): RecordedSource {
  if (source?.snapshot) return { snapshotId: source.snapshot.snapshotId };
  if (source?.volume) return { volumeId: source.volume.volumeId };
  return {};
}

function toContentSource({ snapshotId, volumeId }: RecordedSource): VolumeContentSource | undefined {
  if (snapshotId !== undefined) return { snapshot: { snapshotId } };
  if (volumeId !== undefined) return { volume: { volumeId } };
  return undefined;
}
