// Which copies of a claim's data exist? Velero's backups that hold it; what only might hold it does not count.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { DataUpload, PodVolumeBackup } from '../../apis/velero/data-types.ts';
import type { Backup, BackupSpec } from '../../apis/velero/types.ts';
import { epochMsOf } from '../../base/clock.ts';
import { podsOfClaim } from './joins.ts';
import { labelsMatch } from './labels.ts';
import type { Snapshot } from './snapshot.ts';

const claimResource = ['persistentvolumeclaims', 'pvc', 'persistentvolumeclaim'];

/** Does the specification select the claim? Source: velero pkg/backup/item_collector.go and docs, resource filtering. */
export function selectsClaim(spec: Partial<BackupSpec>, claim: PersistentVolumeClaim): boolean {
  const { namespace = '', labels } = claim.metadata;
  if (!isIncluded(namespace, spec.includedNamespaces, spec.excludedNamespaces)) return false;
  if (claimResource.some((name) => spec.excludedResources?.includes(name))) return false;
  const included = spec.includedResources ?? [];
  if (included.length > 0 && !included.includes('*') && !claimResource.some((name) => included.includes(name)))
    return false;
  return labelsMatch(spec, labels);
}

/** Can the backup bring the claim's data back? By a snapshot, a data upload or a pod volume backup that has completed. */
export function holdsData(snapshot: Snapshot, backup: Backup, claim: PersistentVolumeClaim): boolean {
  const { spec = {}, status } = backup;
  if (status?.phase !== 'Completed' || !selectsClaim(spec, claim)) return false;
  const mover = uploadOf(snapshot, backup, claim) ?? podVolumeOf(snapshot, backup, claim);
  if (mover) return mover.status?.phase === 'Completed';
  // The movers' records are deleted with time; the counters of the backup stay.
  const attempted = status.csiVolumeSnapshotsAttempted ?? status.volumeSnapshotsAttempted ?? 0;
  const completed = status.csiVolumeSnapshotsCompleted ?? status.volumeSnapshotsCompleted ?? 0;
  // They count volumes and name none: a claim that is younger than the backup is not among them.
  if (isYounger(claim, status.startTimestamp)) return false;
  return attempted > 0 && completed === attempted && spec.snapshotVolumes !== false;
}

function isYounger({ metadata }: PersistentVolumeClaim, startTimestamp: string | null | undefined): boolean {
  const start = startTimestamp ?? '';
  // Both are of the API server's clock, in UTC and mostly of whole seconds: then they compare as they are.
  if (metadata.creationTimestamp.length === start.length && start.endsWith('Z'))
    return metadata.creationTimestamp > start;
  return epochMsOf(metadata.creationTimestamp) > epochMsOf(start);
}

const backupLabel = 'velero.io/backup-name';

/** The backup's data upload of the claim. */
export function uploadOf(snapshot: Snapshot, backup: Backup, claim: PersistentVolumeClaim): DataUpload | undefined {
  if (snapshot.all('dataUploads').length === 0) return undefined;
  const { namespace = '', name } = claim.metadata;
  return snapshot.where('dataUploads', {
    index: 'uploadsByClaim',
    key: `${backup.metadata.name} ${namespace}/${name}`,
    keysOf: ({ spec, metadata }) => [`${metadata.labels?.[backupLabel]} ${spec?.sourceNamespace}/${spec?.sourcePVC}`],
  })[0];
}

/** The backup's copy of the claim by way of one of its pods. */
export function podVolumeOf(
  snapshot: Snapshot,
  backup: Backup,
  claim: PersistentVolumeClaim,
): PodVolumeBackup | undefined {
  if (snapshot.all('podVolumeBackups').length === 0) return undefined;
  const { namespace = '' } = claim.metadata;
  return podsOfClaim(snapshot, claim)
    .flatMap((pod) =>
      snapshot
        .where('podVolumeBackups', {
          index: 'podVolumeBackupsByPod',
          key: `${backup.metadata.name} ${namespace}/${pod.metadata.name}`,
          keysOf: ({ spec, metadata }) => [
            `${metadata.labels?.[backupLabel]} ${spec?.pod?.namespace}/${spec?.pod?.name}`,
          ],
        })
        .filter(({ spec }) => volumeNamesOf(pod, claim).includes(spec?.volume ?? '')),
    )
    .at(0);
}

function volumeNamesOf(pod: Pod, claim: PersistentVolumeClaim): string[] {
  const volumes = pod.spec?.volumes ?? [];
  return volumes
    .filter(({ persistentVolumeClaim: source, name }) =>
      source ? source.claimName === claim.metadata.name : `${pod.metadata.name}-${name}` === claim.metadata.name,
    )
    .map(({ name }) => name);
}

/** The newest completed backup that holds the claim's data and has not expired. */
export function newestGoodBackup(snapshot: Snapshot, claim: PersistentVolumeClaim): Backup | undefined {
  const found = snapshot.remember('newestGoodBackups', () => new Map<PersistentVolumeClaim, Backup | undefined>());
  if (!found.has(claim)) {
    const candidates = completedBackups(snapshot, claim.metadata.namespace ?? '');
    found.set(
      claim,
      candidates.find((backup) => holdsData(snapshot, backup, claim)),
    );
  }
  return found.get(claim);
}

/** Completed backups that include the namespace and have not expired, newest first. */
function completedBackups(snapshot: Snapshot, namespace: string): readonly Backup[] {
  const all = snapshot.remember('completedBackups', () =>
    snapshot
      .all('backups')
      .filter((backup) => backup.status?.phase === 'Completed' && !isExpired(snapshot, backup))
      .toSorted((a, b) => completedMs(b) - completedMs(a)),
  );
  return snapshot.remember(`completedBackups ${namespace}`, () =>
    all.filter(({ spec }) => isIncluded(namespace, spec?.includedNamespaces, spec?.excludedNamespaces)),
  );
}

function isExpired(snapshot: Snapshot, backup: Backup): boolean {
  const ageMs = snapshot.ageMs(backup.status?.expiration);
  return ageMs !== undefined && ageMs > 0;
}

function completedMs(backup: Backup): number {
  return epochMsOf(backup.status?.completionTimestamp ?? '') || 0;
}

/** An absent or empty list of what is included means all, as `*` does. */
export function isIncluded(
  name: string,
  included: readonly string[] | null = [],
  excluded: readonly string[] | null = [],
): boolean {
  if (excluded?.includes(name) || excluded?.includes('*')) return false;
  return !included?.length || included.includes('*') || included.includes(name);
}
