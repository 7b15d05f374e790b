// What does a backup say of itself in its files? Its log, its problems and its volumes, from what was written down on the way.

import type { DataUpload } from '../../apis/velero/data-types.ts';
import { type Backup, veleroKeys } from '../../apis/velero/types.ts';
import type { LogEntry, Problem, VolumeInfo } from '../../backup/documents.ts';
import type { BackupItem } from '../../backup/items.ts';
import { moverName } from '../../backup/movement-object.ts';
import { type BackupProgress, quiesceRecordsOf, type VolumeRecord } from '../../backup/progress.ts';

export interface Done {
  backup: Backup;
  progress: BackupProgress;
  uploads: DataUpload[];
  /** RFC 3339. */
  now: string;
}

/** Why the backup does not hold all that it should. */
export function problemsOf(progress: BackupProgress, uploads: DataUpload[]): Problem[] {
  const failed = uploads
    .filter((upload) => upload.status?.phase !== 'Completed')
    .map(({ spec, status }) => ({
      namespace: spec?.sourceNamespace ?? '',
      message: `The data of claim ${spec?.sourceNamespace}/${spec?.sourcePVC} was not stored: ${status?.message ?? status?.phase}`,
    }));
  return [...progress.errors, ...failed];
}

/** One volume of the backup. */
export function volumeInfo(volume: VolumeRecord, uploads: DataUpload[]): VolumeInfo {
  const upload = uploads.find((each) => each.metadata.labels?.[veleroKeys.pvcUid] === volume.claimUid);
  const { startTimestamp, completionTimestamp } = upload?.status ?? {};
  return {
    pvcName: volume.claimName,
    pvcNamespace: volume.namespace,
    pvName: volume.volumeName,
    backupMethod: 'CSISnapshot',
    snapshotDataMoved: true,
    preserveLocalSnapshot: false,
    skipped: false,
    ...(startTimestamp && { startTimestamp }),
    ...(completionTimestamp && { completionTimestamp }),
    result: upload?.status?.phase === 'Completed' ? 'succeeded' : 'failed',
    snapshotDataMovementInfo: {
      dataMover: moverName,
      uploaderType: 'restic',
      snapshotHandle: upload?.status?.snapshotID ?? '',
      operationID: upload?.metadata.name ?? '',
      size: upload?.status?.progress?.totalBytes ?? 0,
      Phase: upload?.status?.phase ?? '',
    },
  };
}

/** What happened, each with the time at which it did. */
export function logOf(
  { backup, progress, uploads, now }: Done,
  { listed, phase }: { listed: BackupItem[]; phase: string },
): LogEntry[] {
  const { name } = backup.metadata;
  const started = backup.status?.startTimestamp ?? now;
  const info = (time: string, message: string): LogEntry => ({ time, level: 'info', message });
  const records = quiesceRecordsOf(backup);
  const cut = records.map((record) => record.cut).findLast((time) => time !== undefined) ?? progress.stagedAt ?? now;
  return [
    info(started, `Backup ${name} to location ${backup.spec?.storageLocation} started`),
    ...progress.warnings.map(({ message }): LogEntry => ({ time: started, level: 'warning', message })),
    ...records.flatMap(({ pod, preStart, postEnd }) => [
      info(preStart, `Quiescing pod ${pod}`),
      ...(postEnd ? [info(postEnd, `Pod ${pod} runs on`)] : []),
    ]),
    ...progress.volumes.map(({ namespace, claimName, volumeName, snapshotName }) =>
      info(cut, `Snapshot ${snapshotName} shows volume ${volumeName} of claim ${namespace}/${claimName}`),
    ),
    ...listed.map((item) => info(progress.stagedAt ?? now, `Backed up ${kindOf(item)} ${placeOf(item)}`)),
    ...uploads.flatMap((upload) => uploadEntries(upload, now)),
    ...problemsOf(progress, uploads).map(({ message }): LogEntry => ({ time: now, level: 'error', message })),
    info(now, `Backup ${name} ended ${phase} with ${progress.totalItems} items`),
  ];
}

function uploadEntries({ metadata, spec, status }: DataUpload, now: string): LogEntry[] {
  const claim = `claim ${spec?.sourceNamespace}/${spec?.sourcePVC}`;
  const { startTimestamp, completionTimestamp, node, progress, snapshotID } = status ?? {};
  const begun = `Storing the data of ${claim} on node ${node} (DataUpload ${metadata.name})`;
  const stored = `Stored ${progress?.totalBytes ?? 0} bytes of ${claim} as restic snapshot ${snapshotID}`;
  return [
    ...(startTimestamp ? [{ time: startTimestamp, level: 'info' as const, message: begun }] : []),
    ...(status?.phase === 'Completed'
      ? [{ time: completionTimestamp ?? now, level: 'info' as const, message: stored }]
      : []),
  ];
}

function kindOf({ object }: BackupItem): string {
  return object.kind ?? '';
}

function placeOf({ namespace, name }: BackupItem): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
