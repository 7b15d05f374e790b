// Which messages cut, list and delete snapshots? The snapshot part of csi.v1's Controller service.

import type { ListRequest, Timestamp } from './types.ts';

export interface Snapshot {
  sizeBytes: number;
  snapshotId: string;
  sourceVolumeId: string;
  creationTime?: Timestamp;
  readyToUse: boolean;
  groupSnapshotId: string;
}

export interface CreateSnapshotRequest {
  sourceVolumeId: string;
  name: string;
  secrets: Record<string, string>;
  parameters: Record<string, string>;
}

export interface SnapshotResponse {
  snapshot?: Snapshot;
}

export interface DeleteSnapshotRequest {
  snapshotId: string;
  secrets: Record<string, string>;
}

export interface GetSnapshotRequest {
  snapshotId: string;
  secrets: Record<string, string>;
}

export interface ListSnapshotsRequest extends ListRequest {
  sourceVolumeId: string;
  snapshotId: string;
  secrets: Record<string, string>;
}

export interface ListSnapshotsResponse {
  entries: { snapshot?: Snapshot }[];
  nextToken: string;
}
