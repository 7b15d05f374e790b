// How does what the driver said become status? Of a content, and of the snapshot bound to it.

import { bytesToQuantity } from '../../apimachinery/quantity.ts';
import type {
  VolumeSnapshotContent,
  VolumeSnapshotContentStatus,
  VolumeSnapshotStatus,
} from '../../apis/snapshot/types.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Snapshot } from '../../csi/snapshot-types.ts';

const nanosPerSecond = 1_000_000_000;

/** The status of a content whose snapshot the driver has described. */
export function contentStatusFor(snapshot: Snapshot): VolumeSnapshotContentStatus {
  const { creationTime } = snapshot;
  return {
    snapshotHandle: snapshot.snapshotId,
    ...(creationTime && { creationTime: creationTime.seconds * nanosPerSecond + creationTime.nanos }),
    restoreSize: snapshot.sizeBytes,
    readyToUse: snapshot.readyToUse,
  };
}

/** The status of the snapshot that is bound to `content`. */
export function statusFor(content: VolumeSnapshotContent): VolumeSnapshotStatus {
  const { creationTime, readyToUse = false, restoreSize, error } = content.status ?? {};
  return {
    boundVolumeSnapshotContentName: content.metadata.name,
    readyToUse,
    ...(creationTime !== undefined && { creationTime: rfc3339(creationTime / 1_000_000) }),
    ...(restoreSize !== undefined && restoreSize > 0 && { restoreSize: bytesToQuantity(restoreSize) }),
    ...(error && { error }),
  };
}
