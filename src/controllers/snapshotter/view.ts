// What does the snapshotter know of one snapshot, content or source claim?

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { finalizers } from '../../apis/storage/names.ts';
import type { Lister } from '../../client/types.ts';
import type { ContentView } from './reconcile-content.ts';
import { contentNameFor, type SnapshotView } from './reconcile-snapshot.ts';

export interface SnapshotterCaches {
  snapshots: Lister<VolumeSnapshot>;
  contents: Lister<VolumeSnapshotContent>;
  classes: Lister<VolumeSnapshotClass>;
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
}

export function snapshotView(snapshot: VolumeSnapshot, caches: SnapshotterCaches, driver: string): SnapshotView {
  const { persistentVolumeClaimName, volumeSnapshotContentName } = snapshot.spec.source;
  const claim = caches.claims.get(`${snapshot.metadata.namespace}/${persistentVolumeClaimName}`);
  const contentName =
    volumeSnapshotContentName ?? snapshot.status?.boundVolumeSnapshotContentName ?? contentNameFor(snapshot);
  return {
    driver,
    snapshot,
    content: caches.contents.get(contentName),
    claim,
    volume: caches.volumes.get(claim?.spec?.volumeName ?? ''),
    classes: caches.classes.list(),
    isRestoring: caches.claims.list(snapshot.metadata.namespace).some((each) => isRestoringFrom(each, snapshot)),
  };
}

export function contentView(content: VolumeSnapshotContent, caches: SnapshotterCaches, driver: string): ContentView {
  const { namespace, name } = content.spec.volumeSnapshotRef;
  return {
    driver,
    content,
    snapshot: caches.snapshots.get(`${namespace}/${name}`),
    snapshotClass: caches.classes.get(content.spec.volumeSnapshotClassName ?? ''),
  };
}

/** Is the claim held for a snapshot although none is to be cut from it any more? */
export function isNeedlesslyHeld(claim: PersistentVolumeClaim, { snapshots }: SnapshotterCaches): boolean {
  if (!claim.metadata.finalizers?.includes(finalizers.claimAsSource)) return false;
  return !snapshots
    .list(claim.metadata.namespace)
    .some(
      ({ spec, status }) =>
        spec.source.persistentVolumeClaimName === claim.metadata.name && !status?.creationTime && !status?.readyToUse,
    );
}

/** `namespace/name` of the snapshot that `claim` is to be restored from. */
export function restoreSourceKey(claim: PersistentVolumeClaim): string | undefined {
  const source = claim.spec?.dataSourceRef ?? claim.spec?.dataSource;
  if (source?.kind !== 'VolumeSnapshot' || source.apiGroup !== 'snapshot.storage.k8s.io') return undefined;
  return `${claim.metadata.namespace}/${source.name}`;
}

function isRestoringFrom(claim: PersistentVolumeClaim, { metadata }: VolumeSnapshot): boolean {
  if (claim.status?.phase !== 'Pending' || claim.metadata.deletionTimestamp) return false;
  return restoreSourceKey(claim) === `${metadata.namespace}/${metadata.name}`;
}
