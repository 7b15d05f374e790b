// Which movements of volume data belong to a backup, and how do they stand?

import type { DataDownload, DataMoveStatus, DataUpload, PodVolumeBackup } from '../../apis/velero/data-types.ts';
import { type Backup, veleroKeys } from '../../apis/velero/types.ts';
import type { ObjectRef } from '../finding.ts';
import type { Snapshot } from './snapshot.ts';

export interface Move {
  object: DataUpload | DataDownload | PodVolumeBackup;
  status: DataMoveStatus | undefined;
  /** What moves: `shop/data`, or `volume data of pod shop/db-0`. */
  label: string;
  claim?: ObjectRef;
}

/** Every upload, download and pod volume backup. */
export function allMoves(snapshot: Snapshot): readonly Move[] {
  return snapshot.remember('allMoves', () => [
    ...snapshot.all('dataUploads').map((object) => {
      const { sourceNamespace: namespace = '', sourcePVC: name = '' } = object.spec ?? {};
      return { object, status: object.status, label: `${namespace}/${name}`, claim: claimRef(namespace, name) };
    }),
    ...snapshot.all('dataDownloads').map((object) => {
      const { namespace = '', pvc = '' } = object.spec?.targetVolume ?? {};
      return { object, status: object.status, label: `${namespace}/${pvc}`, claim: claimRef(namespace, pvc) };
    }),
    ...snapshot.all('podVolumeBackups').map((object) => {
      const { pod, volume } = object.spec ?? {};
      return { object, status: object.status, label: `volume ${volume} of pod ${pod?.namespace}/${pod?.name}` };
    }),
  ]);
}

/** Movements of the backup that did not bring their data. */
export function failedMoves(snapshot: Snapshot, backup: Backup): Move[] {
  const byBackup = snapshot.remember('movesByBackup', () => {
    const groups = new Map<string, Move[]>();
    for (const move of allMoves(snapshot)) {
      const name = move.object.metadata.labels?.[veleroKeys.backupName] ?? '';
      groups.set(name, [...(groups.get(name) ?? []), move]);
    }
    return groups;
  });
  const moves = byBackup.get(backup.metadata.name) ?? [];
  return moves.filter(({ status }) => status?.phase === 'Failed' || status?.phase === 'Canceled');
}

function claimRef(namespace: string, name: string): ObjectRef {
  return { kind: 'PersistentVolumeClaim', namespace, name };
}
