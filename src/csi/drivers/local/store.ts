// Which volumes and snapshots exist? Their records: on disk the truth, in memory a copy for reading.

import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { RpcError } from '../../rpc-error.ts';
import { listFolder, syncPath, writeFileAtomically } from './files.ts';
import { isPossibleId, type Layout } from './names.ts';
import { parseRecord, type SnapshotRecord, type VolumeRecord } from './record.ts';

/** The driver's records. A record that is written makes a change valid; what no record names was never made. */
export class RecordStore {
  readonly layout: Layout;
  readonly #volumes: Map<string, VolumeRecord>;
  readonly #snapshots: Map<string, SnapshotRecord>;

  private constructor(layout: Layout, volumes: VolumeRecord[], snapshots: SnapshotRecord[]) {
    this.layout = layout;
    this.#volumes = new Map(volumes.map((record) => [record.volumeId, record]));
    this.#snapshots = new Map(snapshots.map((record) => [record.snapshotId, record]));
  }

  /** Reads every record below `layout`, making its folders. Rejects when one can't be read. */
  static async open(layout: Layout): Promise<RecordStore> {
    await mkdir(layout.volumesDir, { recursive: true });
    await mkdir(layout.snapshotsDir, { recursive: true });
    const volumes = await readRecords<VolumeRecord>(layout.volumesDir);
    const snapshots = await readRecords<SnapshotRecord>(layout.snapshotsDir);
    return new RecordStore(layout, volumes, snapshots);
  }

  /** Every volume, by ID. */
  volumes(): VolumeRecord[] {
    return [...this.#volumes.values()].sort((a, b) => compareText(a.volumeId, b.volumeId));
  }

  /** Every snapshot, by ID. */
  snapshots(): SnapshotRecord[] {
    return [...this.#snapshots.values()].sort((a, b) => compareText(a.snapshotId, b.snapshotId));
  }

  volume(volumeId: string): VolumeRecord | undefined {
    return this.#volumes.get(volumeId);
  }

  snapshot(snapshotId: string): SnapshotRecord | undefined {
    return this.#snapshots.get(snapshotId);
  }

  /** Throws INVALID_ARGUMENT without an ID and NOT_FOUND for a volume that does not exist. */
  volumeOrThrow(volumeId: string): VolumeRecord {
    requireField('volume_id', volumeId);
    const record = isPossibleId(volumeId) ? this.volume(volumeId) : undefined;
    if (!record) throw new RpcError('NOT_FOUND', `Volume ${volumeId} does not exist`);
    return record;
  }

  async saveVolume(record: VolumeRecord): Promise<void> {
    await writeFileAtomically(this.layout.volumeRecord(record.volumeId), JSON.stringify(record));
    this.#volumes.set(record.volumeId, record);
  }

  async deleteVolume(volumeId: string): Promise<void> {
    await removeRecord(this.layout.volumeRecord(volumeId));
    this.#volumes.delete(volumeId);
  }

  async saveSnapshot(record: SnapshotRecord): Promise<void> {
    await writeFileAtomically(this.layout.snapshotRecord(record.snapshotId), JSON.stringify(record));
    this.#snapshots.set(record.snapshotId, record);
  }

  async deleteSnapshot(snapshotId: string): Promise<void> {
    await removeRecord(this.layout.snapshotRecord(snapshotId));
    this.#snapshots.delete(snapshotId);
  }
}

/** Throws INVALID_ARGUMENT when a required field is empty. `field` is the protocol's name. */
export function requireField(field: string, value: string): void {
  if (value === '') throw new RpcError('INVALID_ARGUMENT', `${field} is required`);
}

async function readRecords<T extends { format: 1 }>(folder: string): Promise<T[]> {
  const files = (await listFolder(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    files.map(async (name) => {
      const file = path.join(folder, name);
      return parseRecord<T>(await readFile(file, 'utf8'), file);
    }),
  );
}

async function removeRecord(file: string): Promise<void> {
  await rm(file, { force: true });
  await syncPath(path.dirname(file));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
