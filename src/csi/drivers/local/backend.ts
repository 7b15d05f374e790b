// What does the driver ask of the place where volumes lie? Two answer: block-backend.ts and directory-backend.ts.

import type { PublishContext } from './config.ts';

/** One generation of one volume. */
export interface GenerationRef {
  volumeId: string;
  generation: number;
}

export interface NewVolume {
  volumeId: string;
  sizeBytes: number;
  volumeMode: 'mount' | 'block';
}

/** Where a volume's first data comes from. */
export type DataSource = { type: 'Snapshot'; snapshotId: string } | ({ type: 'Generation' } & GenerationRef);

export interface Cut {
  volumeId: string;
  from: number;
  to: number;
  /** Somebody may still hold `from`: `to` must share no byte with it that a late write could change. */
  isolate: boolean;
}

export interface Capacity {
  /** Bytes that can still be promised to volumes. */
  availableBytes: number;
}

/**
 * Effects only: every method does what it says, may be repeated, and leaves the old or the new state when it is
 * killed. The caller holds the volume's lock and writes the record.
 */
export interface Backend {
  /** Can an attachment be cut off from its data? */
  readonly offersFence: boolean;
  /** Do volumes have a size that is enforced, and that can grow? */
  readonly offersExpansion: boolean;
  /** The smallest volume of this kind, in bytes. */
  minimumBytes(volumeMode: 'mount' | 'block'): number;

  /** Makes generation 0, blank. */
  create(volume: NewVolume, signal: AbortSignal): Promise<void>;
  /** Makes generation 0 as a copy. Of a live source, what its writer has synced is in the copy. */
  createFrom(volume: NewVolume, source: DataSource, signal: AbortSignal): Promise<void>;
  /** Makes generation `to`. */
  cut(cut: Cut, signal: AbortSignal): Promise<void>;
  /** Which generations are on disk? */
  generations(volumeId: string): Promise<number[]>;
  /** Deletes one generation, and what was kept of its cut. */
  removeGeneration(ref: GenerationRef): Promise<void>;
  /** Deletes everything of a volume, or with `keepGenerations` moves it out of the way. `mark` tells namesakes apart. */
  removeVolume(volumeId: string, mark: string): Promise<void>;

  /** Makes the generation reachable for a node. Rejects with ABORTED while an unusable device is still in use. */
  attach(ref: GenerationRef, signal: AbortSignal): Promise<PublishContext>;
  /** Cuts every writer of the generation off and waits for writes in flight. Returns the devices. */
  revoke(ref: GenerationRef): Promise<string[]>;
  /** Revokes the generation and lets its device go once its last user is gone. Does not wait for that. */
  release(ref: GenerationRef): Promise<void>;
  /** Takes the generation's device away. False: somebody still holds it; it goes when its last user does. */
  detach(ref: GenerationRef, signal: AbortSignal): Promise<boolean>;
  isHeld(ref: GenerationRef): Promise<boolean>;
  /** Which of these have no device, or one that was cut off? One look at the machine, however many are asked for. */
  findUnusable(refs: GenerationRef[]): Promise<GenerationRef[]>;
  /** Makes the generation, and its device, at least this large. */
  grow(ref: GenerationRef, sizeBytes: number): Promise<void>;

  /** Cuts a snapshot, and returns the bytes that it can come to occupy by itself. */
  snapshot(ref: GenerationRef, snapshotId: string, signal: AbortSignal): Promise<{ allocatedBytes: number }>;
  removeSnapshot(snapshotId: string): Promise<void>;

  /** What volumes can be promised in all. */
  totalBytes(): Promise<number>;
  /** What is left when these bytes were promised already. */
  capacity(promisedBytes: number): Promise<Capacity>;
}
