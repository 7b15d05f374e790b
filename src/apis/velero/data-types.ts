// Which fields have the kinds that move volume data? Types of velero.io/v1 (PodVolumeBackup, PodVolumeRestore,
// BackupRepository) and velero.io/v2alpha1 (DataUpload, DataDownload), as Velero v1.18 documents them.

import type { KubeObject } from '../../apimachinery/meta.ts';

export type DataMovePhase =
  | 'New'
  | 'Accepted'
  | 'Prepared'
  | 'InProgress'
  | 'Canceling'
  | 'Canceled'
  | 'Completed'
  | 'Failed';

/** Bytes, as the mover counts them. */
export interface DataMoveProgress {
  totalBytes?: number;
  bytesDone?: number;
}

/** Of uploads and downloads alike. */
export interface DataMoveStatus {
  phase?: DataMovePhase;
  message?: string;
  node?: string;
  progress?: DataMoveProgress;
  startTimestamp?: string | null;
  completionTimestamp?: string | null;
  acceptedTimestamp?: string | null;
}

export interface DataUploadSpec {
  /** `CSI`. */
  snapshotType: string;
  csiSnapshot?: {
    volumeSnapshot: string;
    storageClass: string;
    snapshotClass?: string;
    driver?: string;
  } | null;
  sourcePVC: string;
  sourceNamespace: string;
  datamover?: string;
  backupStorageLocation: string;
  dataMoverConfig?: Record<string, string> | null;
  cancel?: boolean;
  /** Go duration. */
  operationTimeout: string;
  sourceFSType?: string;
  parentSnapshot?: string;
}

export interface DataUploadStatus extends DataMoveStatus {
  path?: string;
  /** The repository's name of the stored data. */
  snapshotID?: string;
  dataMoverResult?: Record<string, string> | null;
  acceptedByNode?: string;
  nodeOS?: 'auto' | 'linux' | 'windows';
  incrementalBytes?: number;
}

/** One volume snapshot's way into the repository. */
export interface DataUpload extends KubeObject {
  spec?: DataUploadSpec;
  status?: DataUploadStatus;
}

export interface DataDownloadSpec {
  targetVolume: { pvc: string; pv: string; namespace: string; fsType?: string };
  backupStorageLocation: string;
  datamover?: string;
  snapshotID: string;
  snapshotSize?: number;
  sourceNamespace: string;
  dataMoverConfig?: Record<string, string>;
  cancel?: boolean;
  /** Go duration. */
  operationTimeout: string;
  nodeOS?: 'auto' | 'linux' | 'windows';
}

/** One volume's way out of the repository. */
export interface DataDownload extends KubeObject {
  spec?: DataDownloadSpec;
  status?: DataMoveStatus & { acceptedByNode?: string };
}

interface PodReference {
  apiVersion?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

/** Backup of one pod volume through its files. */
export interface PodVolumeBackup extends KubeObject {
  spec?: {
    node: string;
    pod: PodReference;
    volume: string;
    backupStorageLocation: string;
    repoIdentifier: string;
    uploaderType?: 'kopia' | 'restic' | '';
    tags?: Record<string, string>;
    uploaderSettings?: Record<string, string> | null;
    cancel?: boolean;
    parentSnapshot?: string;
  };
  status?: Omit<DataMoveStatus, 'node'> & { path?: string; snapshotID?: string; incrementalBytes?: number };
}

/** Restore of one pod volume through its files. */
export interface PodVolumeRestore extends KubeObject {
  spec?: {
    pod: PodReference;
    volume: string;
    backupStorageLocation: string;
    repoIdentifier: string;
    snapshotID: string;
    snapshotSize?: number;
    sourceNamespace: string;
    uploaderType?: 'kopia' | 'restic' | '';
    uploaderSettings?: Record<string, string> | null;
    cancel?: boolean;
  };
  status?: DataMoveStatus;
}

/** One repository of volume data: per namespace and storage location. */
export interface BackupRepository extends KubeObject {
  spec?: {
    volumeNamespace: string;
    backupStorageLocation: string;
    repositoryType?: 'kopia' | 'restic' | '';
    /** The repository's address, as restic takes it with `-r`. */
    resticIdentifier?: string;
    repositoryConfig?: Record<string, string> | null;
    maintenanceFrequency: string;
  };
  status?: {
    phase?: 'New' | 'Ready' | 'NotReady';
    message?: string;
    lastMaintenanceTime?: string | null;
    recentMaintenance?: {
      result?: 'Succeeded' | 'Failed';
      startTimestamp?: string | null;
      completeTimestamp?: string | null;
      message?: string;
    }[];
  };
}
