// Which objects move a snapshot into the repository? All names follow from the backup and the claim.

import { createHash } from 'node:crypto';
import type { Draft, OwnerReference } from '../../apimachinery/meta.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { type Backup, veleroKeys } from '../../apis/velero/types.ts';
import { moverName } from '../../backup/movement-object.ts';
import type { VolumeRecord } from '../../backup/progress.ts';
import { backupLabels } from './view.ts';

/** Label of everything that is made for an upload: the upload's name. */
export const uploadLabel = 'velero.io/data-upload';
/** Keeps a DataUpload until its mover, claim and snapshot are deleted. */
export const uploadFinalizer = 'amarre.io/data-upload';
/** Size of the source volume, as a quantity: its copy needs as much. */
export const capacityAnnotation = 'amarre.io/source-capacity';

/** The upload of one volume of a backup. */
export function uploadDraft(backup: Backup, volume: VolumeRecord): Draft<DataUpload> {
  const { name, namespace = '', uid } = backup.metadata;
  const hash = createHash('sha256').update(`${uid}/${volume.claimUid}`).digest('hex').slice(0, 10);
  return {
    apiVersion: 'velero.io/v2alpha1',
    kind: 'DataUpload',
    metadata: {
      // Also a pod's and a claim's name, which must be labels.
      name: `${name.replaceAll('.', '-').slice(0, 40)}-${hash}`,
      namespace,
      labels: { ...backupLabels(backup), [veleroKeys.pvcUid]: volume.claimUid },
      annotations: { [capacityAnnotation]: volume.capacity },
      finalizers: [uploadFinalizer],
      ownerReferences: [{ apiVersion: 'velero.io/v1', kind: 'Backup', name, uid, controller: true }],
    },
    spec: {
      snapshotType: 'CSI',
      csiSnapshot: {
        volumeSnapshot: volume.snapshotName,
        storageClass: volume.storageClass,
        snapshotClass: volume.snapshotClass,
        driver: volume.driver,
      },
      sourcePVC: volume.claimName,
      sourceNamespace: volume.namespace,
      datamover: moverName,
      backupStorageLocation: backup.spec?.storageLocation ?? '',
      operationTimeout: backup.spec?.itemOperationTimeout || '4h0m0s',
      ...(volume.fsType && { sourceFSType: volume.fsType }),
    },
    status: { phase: 'New' },
  };
}

/** The owner reference that ties an object to an upload in the same namespace. */
export function ownedBy(upload: DataUpload): OwnerReference {
  const { name, uid } = upload.metadata;
  return { apiVersion: 'velero.io/v2alpha1', kind: 'DataUpload', name, uid, controller: true };
}

/**
 * The snapshot once more, in the upload's namespace: a claim can be made only from a snapshot beside it.
 * `Retain`, because the application's snapshot stays the owner of what the storage keeps.
 */
export function contentAlias(
  upload: DataUpload,
  source: { driver: string; snapshotHandle: string },
): Draft<VolumeSnapshotContent> {
  const { name, namespace } = upload.metadata;
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotContent',
    metadata: { name: `velero-${upload.metadata.uid}`, labels: { [uploadLabel]: name } },
    spec: {
      deletionPolicy: 'Retain',
      driver: source.driver,
      source: { snapshotHandle: source.snapshotHandle },
      volumeSnapshotRef: { name, ...(namespace && { namespace }) },
      ...(upload.spec?.csiSnapshot?.snapshotClass && {
        volumeSnapshotClassName: upload.spec.csiSnapshot.snapshotClass,
      }),
    },
  };
}

/** The snapshot object of `contentAlias`. */
export function snapshotAlias(upload: DataUpload): Draft<VolumeSnapshot> {
  const { name, namespace = '', uid } = upload.metadata;
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: { name, namespace, labels: { [uploadLabel]: name }, ownerReferences: [ownedBy(upload)] },
    spec: {
      source: { volumeSnapshotContentName: `velero-${uid}` },
      ...(upload.spec?.csiSnapshot?.snapshotClass && {
        volumeSnapshotClassName: upload.spec.csiSnapshot.snapshotClass,
      }),
    },
  };
}

/** The claim that the mover reads: a copy of the snapshot. */
export function claimFromSnapshot(upload: DataUpload): Draft<PersistentVolumeClaim> {
  const { name, namespace = '' } = upload.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, labels: { [uploadLabel]: name }, ownerReferences: [ownedBy(upload)] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: upload.spec?.csiSnapshot?.storageClass ?? '',
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name },
      resources: { requests: { storage: upload.metadata.annotations?.[capacityAnnotation] ?? '' } },
    },
  };
}
