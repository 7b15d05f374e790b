// Which field numbers do the snapshot messages of csi.v1 have?

import { bool, int32, int64, many, message, one, string, stringMap } from '../../base/protobuf.ts';
import type * as snapshots from '../snapshot-types.ts';
import { timestamp } from './timestamp.ts';

const snapshot = message<snapshots.Snapshot>('Snapshot', {
  sizeBytes: int64(1),
  snapshotId: string(2),
  sourceVolumeId: string(3),
  creationTime: timestamp(4),
  readyToUse: bool(5),
  groupSnapshotId: string(6),
});

export const createSnapshotRequest = message<snapshots.CreateSnapshotRequest>('CreateSnapshotRequest', {
  sourceVolumeId: string(1),
  name: string(2),
  secrets: stringMap(3),
  parameters: stringMap(4),
});

/** CreateSnapshotResponse and GetSnapshotResponse have the same shape. */
export const snapshotResponse = message<snapshots.SnapshotResponse>('SnapshotResponse', {
  snapshot: one(1, snapshot),
});

/** DeleteSnapshotRequest and GetSnapshotRequest have the same shape. */
export const snapshotRequest = message<snapshots.DeleteSnapshotRequest>('SnapshotRequest', {
  snapshotId: string(1),
  secrets: stringMap(2),
});

export const listSnapshotsRequest = message<snapshots.ListSnapshotsRequest>('ListSnapshotsRequest', {
  maxEntries: int32(1),
  startingToken: string(2),
  sourceVolumeId: string(3),
  snapshotId: string(4),
  secrets: stringMap(5),
});

const listSnapshotsEntry = message<{ snapshot?: snapshots.Snapshot }>('ListSnapshotsResponse.Entry', {
  snapshot: one(1, snapshot),
});

export const listSnapshotsResponse = message<snapshots.ListSnapshotsResponse>('ListSnapshotsResponse', {
  entries: many(1, listSnapshotsEntry),
  nextToken: string(2),
});
