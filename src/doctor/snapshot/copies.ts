// Which copies of a claim's data exist? Velero's backups that hold it; what only might hold it does not count.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { DataUpload, PodVolumeBackup } from '../../apis/velero/data-types.ts';
import { type Backup, type BackupSpec, veleroKeys } from '../../apis/velero/types.ts';
import { epochMsOf } from '../../base/clock.ts';
import { podsOfClaim } from './joins.ts';
import { labelsMatch } from './labels.ts';
import type { Snapshot } from './snapshot.ts';
import { policyAction } from './volume-policies.ts';

const claimResource = ['persistentvolumeclaims', 'pvc', 'persistentvolumeclaim'];

/** Does the specification select the claim? Source: velero pkg/backup/item_collector.go and docs, resource filtering. */
export function selectsClaim(spec: Partial<BackupSpec>, claim: PersistentVolumeClaim): boolean {
  const { namespace = '', labels } = claim.metadata;
  if (!isIncluded(namespace, spec.includedNamespaces, spec.excludedNamespaces)) return false;
  if (claimResource.some((name) => spec.excludedResources?.includes(name))) return false;
  const included = spec.includedResources ?? [];
  if (included.length > 0 && !included.includes('*') && !claimResource.some((name) => included.includes(name)))
    return false;
  const { includedNamespaceScopedResources: scoped, excludedNamespaceScopedResources: unscoped } = spec;
  if (claimResource.some((name) => unscoped?.includes(name)) || unscoped?.includes('*')) return false;
  if (scoped?.length && !scoped.includes('*') && !claimResource.some((name) => scoped.includes(name))) return false;
  return labelsMatch(spec, labels);
}

function isYounger({ metadata }: PersistentVolumeClaim, startTimestamp: string | null | undefined): boolean {
  const start = startTimestamp ?? '';
  // Both are of the API server's clock, in UTC and mostly of whole seconds: then they compare as they are.
  if (metadata.creationTimestamp.length === start.length && start.endsWith('Z'))
    return metadata.creationTimestamp > start;
  return epochMsOf(metadata.creationTimestamp) > epochMsOf(start);
}

type Mover = DataUpload | PodVolumeBackup;

/** Records of the movers that copied the claim, itself or by way of its pods, by the backup that they belong to. */
function moversOf(snapshot: Snapshot, claim: PersistentVolumeClaim): ReadonlyMap<string, Mover> | undefined {
  const { namespace = '', name } = claim.metadata;
  const uploads = uploadsByClaim(snapshot).get(namespace)?.get(name);
  const copies = podVolumesOf(snapshot, claim);
  if (copies.length === 0) return uploads;
  const byBackup = new Map<string, Mover>(copies.map((copy) => [backupOf(copy), copy]));
  for (const [backup, upload] of uploads ?? []) byBackup.set(backup, upload);
  return byBackup;
}

function backupOf({ metadata }: Mover): string {
  return metadata.labels?.[veleroKeys.backupName] ?? '';
}

/** By namespace and name of the claim, then by backup; the first of several. */
function uploadsByClaim(snapshot: Snapshot): Map<string, Map<string, Map<string, DataUpload>>> {
  return snapshot.remember('uploadsByClaim', () => {
    const found = new Map<string, Map<string, Map<string, DataUpload>>>();
    for (const upload of snapshot.all('dataUploads')) {
      const { sourceNamespace = '', sourcePVC = '' } = upload.spec ?? {};
      const inNamespace = found.get(sourceNamespace) ?? new Map<string, Map<string, DataUpload>>();
      found.set(sourceNamespace, inNamespace);
      const ofClaim = inNamespace.get(sourcePVC) ?? new Map<string, DataUpload>();
      inNamespace.set(sourcePVC, ofClaim);
      if (!ofClaim.has(backupOf(upload))) ofClaim.set(backupOf(upload), upload);
    }
    return found;
  });
}

/** Copies of the claim by way of its pods; the last of several of one backup counts least. */
function podVolumesOf(snapshot: Snapshot, claim: PersistentVolumeClaim): PodVolumeBackup[] {
  if (snapshot.all('podVolumeBackups').length === 0) return [];
  const { namespace = '' } = claim.metadata;
  const copies = podsOfClaim(snapshot, claim).flatMap((pod) =>
    snapshot
      .where('podVolumeBackups', {
        index: 'podVolumeBackupsByPod',
        key: `${namespace}/${pod.metadata.name}`,
        keysOf: ({ spec }) => [`${spec?.pod?.namespace}/${spec?.pod?.name}`],
      })
      .filter(({ spec }) => volumeNamesOf(pod, claim).includes(spec?.volume ?? '')),
  );
  return copies.toReversed();
}

function volumeNamesOf(pod: Pod, claim: PersistentVolumeClaim): string[] {
  const volumes = pod.spec?.volumes ?? [];
  return volumes
    .filter(({ persistentVolumeClaim: source, name }) =>
      source ? source.claimName === claim.metadata.name : `${pod.metadata.name}-${name}` === claim.metadata.name,
    )
    .map(({ name }) => name);
}

/** Each claim with its newest good backup, looked for once for all rules. */
export function copiesOfClaims(
  snapshot: Snapshot,
): readonly { claim: PersistentVolumeClaim; backup: Backup | undefined }[] {
  return snapshot.remember('copiesOfClaims', () =>
    snapshot.all('claims').map((claim) => ({ claim, backup: newestGoodBackup(snapshot, claim) })),
  );
}

/** The newest completed backup that holds the claim's data and has not expired. */
export function newestGoodBackup(snapshot: Snapshot, claim: PersistentVolumeClaim): Backup | undefined {
  const movers = moversOf(snapshot, claim);
  for (const candidate of goodBackups(snapshot, claim.metadata.namespace ?? '')) {
    const { backup, newestStart } = candidate;
    // Neither this one nor any older one has seen the claim.
    if (!movers && isYounger(claim, newestStart)) return undefined;
    if (selectsClaim(backup.spec ?? {}, claim) && isCopied(snapshot, claim, { ...candidate, movers })) return backup;
  }
  return undefined;
}

/** Can the backup bring the claim's data back? By a snapshot, a data upload or a pod volume backup that has completed. */
export function holdsData(snapshot: Snapshot, backup: Backup, claim: PersistentVolumeClaim): boolean {
  if (backup.status?.phase !== 'Completed' || !selectsClaim(backup.spec ?? {}, claim)) return false;
  return isCopied(snapshot, claim, { backup, countsAll: countsAllVolumes(backup), movers: moversOf(snapshot, claim) });
}

function isCopied(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  {
    backup,
    countsAll,
    movers,
  }: Pick<GoodBackup, 'backup' | 'countsAll'> & { movers: ReadonlyMap<string, Mover> | undefined },
): boolean {
  const mover = movers?.get(backup.metadata.name);
  if (mover) return mover.status?.phase === 'Completed';
  if (!countsAll || isYounger(claim, backup.status?.startTimestamp)) return false;
  // The counters are of snapshots, and a policy may have left this volume out of them.
  const action = policyAction(snapshot, backup, claim);
  return action === 'snapshot' || (action === 'none' && backup.spec?.snapshotVolumes !== false);
}

interface GoodBackup {
  backup: Backup;
  /**
   * Every volume was copied that the backup took a snapshot of. The movers' records are deleted with time; the counters
   * of the backup stay. They count volumes and name none: a claim that is younger than the backup is not among them.
   */
  countsAll: boolean;
  /** The newest start of this backup and all older ones. */
  newestStart: string;
}

/** Completed backups that include the namespace and have not expired, newest first. */
function goodBackups(snapshot: Snapshot, namespace: string): readonly GoodBackup[] {
  const byNamespace = snapshot.remember('goodBackups', () => new Map<string, readonly GoodBackup[]>());
  let found = byNamespace.get(namespace);
  if (!found) {
    found = withNewestStart(
      completedBackups(snapshot).filter(({ spec }) =>
        isIncluded(namespace, spec?.includedNamespaces, spec?.excludedNamespaces),
      ),
    );
    byNamespace.set(namespace, found);
  }
  return found;
}

function withNewestStart(backups: readonly Backup[]): GoodBackup[] {
  const found: GoodBackup[] = [];
  let newestStart = '';
  for (const backup of backups.toReversed()) {
    const { startTimestamp } = backup.status ?? {};
    if (startTimestamp && epochMsOf(startTimestamp) > (epochMsOf(newestStart) || 0)) newestStart = startTimestamp;
    found.push({ backup, countsAll: countsAllVolumes(backup), newestStart });
  }
  return found.toReversed();
}

function countsAllVolumes({ status }: Backup): boolean {
  const attempted = status?.csiVolumeSnapshotsAttempted ?? status?.volumeSnapshotsAttempted ?? 0;
  const completed = status?.csiVolumeSnapshotsCompleted ?? status?.volumeSnapshotsCompleted ?? 0;
  return attempted > 0 && completed === attempted;
}

function completedBackups(snapshot: Snapshot): readonly Backup[] {
  return snapshot.remember('completedBackups', () =>
    snapshot
      .all('backups')
      .filter((backup) => backup.status?.phase === 'Completed' && !isExpired(snapshot, backup))
      .toSorted((a, b) => completedMs(b) - completedMs(a)),
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
