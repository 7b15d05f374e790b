// What does the driver remember of a volume and of a snapshot? One small JSON file each, beside the data.

/** Where a volume came from. Both absent = blank. */
export interface RecordedSource {
  snapshotId?: string;
  volumeId?: string;
}

/** One attachment. Its epoch is the generation that the node has. */
export interface Attachment {
  nodeId: string;
  /** RFC 3339 with microseconds. Present: nothing that this attachment still writes reaches the volume. */
  revokedAt?: string;
}

/** A former attachment whose device may still be held by a dead or frozen node. */
export interface Zombie {
  nodeId: string;
  epoch: number;
  revokedAt: string;
}

export interface VolumeRecord {
  format: 1;
  volumeId: string;
  name: string;
  capacityBytes: number;
  volumeMode: 'mount' | 'block';
  source: RecordedSource;
  /** Milliseconds since the Unix epoch. */
  createdAt: number;
  /** The generation that holds the volume's data. Older ones are leftovers, newer ones never became valid. */
  generation: number;
  attachment?: Attachment;
  zombies: Zombie[];
}

export interface SnapshotRecord {
  format: 1;
  snapshotId: string;
  name: string;
  sourceVolumeId: string;
  volumeMode: 'mount' | 'block';
  /** Size that a volume made from it needs. */
  sizeBytes: number;
  /** What the snapshot can come to occupy by itself, once its source was overwritten. */
  allocatedBytes: number;
  /** Milliseconds since the Unix epoch. */
  createdAt: number;
}

/** Reads a record. Throws when it is not one of this version: guessing would delete data as orphaned. */
export function parseRecord<T extends { format: 1 }>(text: string, file: string): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot read the record ${file}: it is not JSON`, { cause: error });
  }
  const format = (parsed as { format?: unknown } | null)?.format;
  if (format !== 1) throw new Error(`Cannot read the record ${file}: format ${String(format)} found, 1 known`);
  return parsed as T;
}
