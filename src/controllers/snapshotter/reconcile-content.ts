// What is the next step for one VolumeSnapshotContent? The contract of csi-snapshotter, as a pure function.

import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';

export interface ContentView {
  driver: string;
  content: VolumeSnapshotContent;
  /** The snapshot of the name that the content is bound to, whatever its UID. */
  snapshot: VolumeSnapshot | undefined;
  snapshotClass: VolumeSnapshotClass | undefined;
}

export type ContentStep =
  | { type: 'Settled' }
  | { type: 'Wait'; why: string }
  | { type: 'AddFinalizer' }
  /** Says that a snapshot may come into being, before the driver is asked for one. */
  | { type: 'MarkBeingCreated' }
  | { type: 'Cut'; name: string; volumeHandle: string; parameters: Record<string, string> }
  /** The final answer has come. */
  | { type: 'ClearBeingCreated' }
  | { type: 'ReadExisting'; snapshotHandle: string }
  /** The snapshot object is gone for good: the content follows it. */
  | { type: 'DeleteObject' }
  | { type: 'DeleteSnapshot'; snapshotHandle: string }
  | { type: 'Release' };

/** Decides the next step of one content. */
export function reconcileContent(view: ContentView): ContentStep {
  const { content, driver } = view;
  if (content.spec.driver !== driver) return { type: 'Settled' };
  if (content.metadata.deletionTimestamp) return reconcileDeletion(view);
  if (!content.metadata.finalizers?.includes(finalizers.contentBound)) return { type: 'AddFinalizer' };
  if (isOrphan(view)) return content.spec.deletionPolicy === 'Delete' ? { type: 'DeleteObject' } : { type: 'Settled' };
  return reconcileCreation(view);
}

function reconcileCreation(view: ContentView): ContentStep {
  const { content } = view;
  const { snapshotHandle } = content.spec.source;
  if (snapshotHandle !== undefined) {
    return content.status?.readyToUse ? { type: 'Settled' } : { type: 'ReadExisting', snapshotHandle };
  }
  const isMarked = isBeingCreated(content);
  if (content.status?.snapshotHandle && content.status.readyToUse !== undefined) {
    if (isMarked) return { type: 'ClearBeingCreated' };
    return content.status.readyToUse ? { type: 'Settled' } : cut(view);
  }
  return isMarked ? cut(view) : { type: 'MarkBeingCreated' };
}

/** The same name again gives the same snapshot. CSI: CreateSnapshot. */
function cut({ content, snapshotClass }: ContentView): ContentStep {
  const { volumeHandle = '' } = content.spec.source;
  const parameters = Object.entries(snapshotClass?.parameters ?? {}).filter(
    ([key]) => !key.startsWith('csi.storage.k8s.io/'),
  );
  return {
    type: 'Cut',
    name: `snapshot-${content.spec.volumeSnapshotRef.uid}`,
    volumeHandle,
    parameters: Object.fromEntries(parameters),
  };
}

function reconcileDeletion(view: ContentView): ContentStep {
  const { content, snapshot } = view;
  if (!content.metadata.finalizers?.includes(finalizers.contentBound)) return { type: 'Settled' };
  const isTold = content.metadata.annotations?.[annotations.snapshotBeingDeleted] !== undefined;
  if (snapshot && isBound(content, snapshot) && !snapshot.metadata.deletionTimestamp && !isTold) {
    return { type: 'Wait', why: 'the snapshot that is bound to the content still exists' };
  }
  if (content.spec.deletionPolicy === 'Retain') return { type: 'Release' };
  // What is being cut has a handle that nobody knows yet: find it out, or it is never deleted.
  const handle = content.spec.source.snapshotHandle ?? content.status?.snapshotHandle;
  if (handle !== undefined) return { type: 'DeleteSnapshot', snapshotHandle: handle };
  return isBeingCreated(content) ? cut(view) : { type: 'Release' };
}

function isBeingCreated(content: VolumeSnapshotContent): boolean {
  return content.metadata.annotations?.[annotations.snapshotBeingCreated] !== undefined;
}

function isBound(content: VolumeSnapshotContent, snapshot: VolumeSnapshot): boolean {
  return content.spec.volumeSnapshotRef.uid === snapshot.metadata.uid;
}

/** Was it bound to a snapshot that is no more? */
function isOrphan({ content, snapshot }: ContentView): boolean {
  if (!content.spec.volumeSnapshotRef.uid) return false;
  return !snapshot || !isBound(content, snapshot);
}
