// Which fields have Velero's backup kinds? Types of velero.io/v1 as Velero v1.18 documents them:
// Backup, Restore, Schedule, the storage locations and the request kinds of its command line.

import type { KubeObject, LabelSelector } from '../../apimachinery/meta.ts';

/** The namespace that holds Velero's objects unless told otherwise. */
export const veleroNamespace = 'velero';

/** The release of Velero whose kinds and files these are. */
export const veleroVersion = 'v1.18.3';

/** `status.formatVersion` of the tarballs that are written. */
export const backupFormatVersion = '1.1.0';

/** Labels and annotations that Velero gives a meaning. */
export const veleroKeys = {
  excludeFromBackup: 'velero.io/exclude-from-backup',
  backupName: 'velero.io/backup-name',
  backupUid: 'velero.io/backup-uid',
  restoreName: 'velero.io/restore-name',
  restoreUid: 'velero.io/restore-uid',
  scheduleName: 'velero.io/schedule-name',
  storageLocation: 'velero.io/storage-location',
  pvcUid: 'velero.io/pvc-uid',
} as const;

export type HookErrorMode = 'Continue' | 'Fail';

export interface ExecHook {
  container?: string;
  command: string[];
  onError?: HookErrorMode;
  /** Go duration: `30s`. */
  timeout?: string;
}

export interface BackupResourceHook {
  exec: ExecHook;
}

export interface BackupResourceHookSpec {
  name: string;
  includedNamespaces?: string[] | null;
  excludedNamespaces?: string[] | null;
  includedResources?: string[] | null;
  excludedResources?: string[] | null;
  labelSelector?: LabelSelector | null;
  pre?: BackupResourceHook[];
  post?: BackupResourceHook[];
}

export interface BackupSpec {
  metadata?: { labels?: Record<string, string> };
  /** Empty or `*` means all. */
  includedNamespaces?: string[] | null;
  excludedNamespaces?: string[] | null;
  /** `pods`, `deployments.apps`, `*`. */
  includedResources?: string[] | null;
  excludedResources?: string[] | null;
  includedClusterScopedResources?: string[] | null;
  excludedClusterScopedResources?: string[] | null;
  includedNamespaceScopedResources?: string[] | null;
  excludedNamespaceScopedResources?: string[] | null;
  includeClusterResources?: boolean | null;
  labelSelector?: LabelSelector | null;
  orLabelSelectors?: LabelSelector[] | null;
  snapshotVolumes?: boolean | null;
  snapshotMoveData?: boolean | null;
  datamover?: string;
  defaultVolumesToFsBackup?: boolean | null;
  defaultVolumesToRestic?: boolean | null;
  storageLocation?: string;
  volumeSnapshotLocations?: string[];
  /** Go duration: `720h0m0s`. */
  ttl?: string;
  hooks?: { resources?: BackupResourceHookSpec[] | null };
  /** Resource → comma-separated `namespace/name`, backed up in that order. */
  orderedResources?: Record<string, string> | null;
  csiSnapshotTimeout?: string;
  itemOperationTimeout?: string;
  resourcePolicy?: TypedLocalReference;
  uploaderConfig?: { parallelFilesUpload?: number } | null;
  volumeGroupSnapshotLabelKey?: string;
  backupType?: 'Full' | 'Incremental';
}

export interface TypedLocalReference {
  apiGroup?: string;
  kind: string;
  name: string;
}

export type BackupPhase =
  | 'New'
  | 'Queued'
  | 'ReadyToStart'
  | 'FailedValidation'
  | 'InProgress'
  | 'WaitingForPluginOperations'
  | 'WaitingForPluginOperationsPartiallyFailed'
  | 'Finalizing'
  | 'FinalizingPartiallyFailed'
  | 'Completed'
  | 'PartiallyFailed'
  | 'Failed'
  | 'Deleting';

export interface HookStatus {
  hooksAttempted?: number;
  hooksFailed?: number;
}

export interface BackupStatus {
  version?: number;
  formatVersion?: string;
  phase?: BackupPhase;
  queuePosition?: number;
  expiration?: string | null;
  startTimestamp?: string | null;
  completionTimestamp?: string | null;
  validationErrors?: string[] | null;
  failureReason?: string;
  errors?: number;
  warnings?: number;
  progress?: { totalItems?: number; itemsBackedUp?: number } | null;
  hookStatus?: HookStatus | null;
  volumeSnapshotsAttempted?: number;
  volumeSnapshotsCompleted?: number;
  csiVolumeSnapshotsAttempted?: number;
  csiVolumeSnapshotsCompleted?: number;
  backupItemOperationsAttempted?: number;
  backupItemOperationsCompleted?: number;
  backupItemOperationsFailed?: number;
}

/** A request to back objects and volumes up, and the record of how that went. */
export interface Backup extends KubeObject {
  spec?: BackupSpec;
  status?: BackupStatus;
}

export type ExistingResourcePolicy = 'none' | 'update';

export interface RestoreSpec {
  backupName?: string;
  scheduleName?: string;
  includedNamespaces?: string[] | null;
  excludedNamespaces?: string[] | null;
  includedResources?: string[] | null;
  excludedResources?: string[] | null;
  includeClusterResources?: boolean | null;
  labelSelector?: LabelSelector | null;
  orLabelSelectors?: LabelSelector[] | null;
  /** Namespace in the backup → namespace to restore into. */
  namespaceMapping?: Record<string, string>;
  restorePVs?: boolean | null;
  restoreStatus?: { includedResources?: string[] | null; excludedResources?: string[] | null } | null;
  preserveNodePorts?: boolean | null;
  existingResourcePolicy?: ExistingResourcePolicy | '' | null;
  itemOperationTimeout?: string;
  resourceModifier?: TypedLocalReference | null;
  resourcePolicy?: TypedLocalReference | null;
  skipDefaultResourceModifier?: boolean | null;
  /** Restore hooks are kept as data; none runs. */
  hooks?: Record<string, unknown>;
  uploaderConfig?: { writeSparseFiles?: boolean | null; parallelFilesDownload?: number } | null;
}

export type RestorePhase =
  | 'New'
  | 'FailedValidation'
  | 'InProgress'
  | 'WaitingForPluginOperations'
  | 'WaitingForPluginOperationsPartiallyFailed'
  | 'Completed'
  | 'PartiallyFailed'
  | 'Failed'
  | 'Finalizing'
  | 'FinalizingPartiallyFailed';

export interface RestoreStatus {
  phase?: RestorePhase;
  validationErrors?: string[] | null;
  failureReason?: string;
  errors?: number;
  warnings?: number;
  startTimestamp?: string | null;
  completionTimestamp?: string | null;
  progress?: { totalItems?: number; itemsRestored?: number } | null;
  hookStatus?: HookStatus | null;
  restoreItemOperationsAttempted?: number;
  restoreItemOperationsCompleted?: number;
  restoreItemOperationsFailed?: number;
}

/** A request to bring a backup's objects and volumes back. */
export interface Restore extends KubeObject {
  spec?: RestoreSpec;
  status?: RestoreStatus;
}

/** Makes a Backup from `template` whenever `schedule` (cron) says. */
export interface Schedule extends KubeObject {
  spec?: {
    schedule: string;
    template: BackupSpec;
    paused?: boolean;
    skipImmediately?: boolean;
    useOwnerReferencesInBackup?: boolean | null;
  };
  status?: {
    phase?: 'New' | 'Enabled' | 'FailedValidation';
    lastBackup?: string | null;
    lastSkipped?: string | null;
    validationErrors?: string[];
  };
}

export interface SecretKeyReference {
  key: string;
  name?: string;
  optional?: boolean;
}

export interface BackupStorageLocationSpec {
  /** `amarre.io/filesystem` is the one that Amarre serves. */
  provider: string;
  config?: Record<string, string>;
  credential?: SecretKeyReference;
  objectStorage: { bucket: string; prefix?: string; caCert?: string; caCertRef?: SecretKeyReference };
  default?: boolean;
  accessMode?: 'ReadOnly' | 'ReadWrite';
  backupSyncPeriod?: string | null;
  validationFrequency?: string | null;
}

export interface BackupStorageLocationStatus {
  phase?: 'Available' | 'Unavailable';
  message?: string;
  lastValidationTime?: string | null;
  lastSyncedTime?: string | null;
  lastSyncedRevision?: string;
  accessMode?: 'ReadOnly' | 'ReadWrite';
}

/** Where backups are kept. */
export interface BackupStorageLocation extends KubeObject {
  spec?: BackupStorageLocationSpec;
  status?: BackupStorageLocationStatus;
}

/** Where native (non-CSI) volume snapshots are kept. */
export interface VolumeSnapshotLocation extends KubeObject {
  spec?: { provider: string; config?: Record<string, string>; credential?: SecretKeyReference };
  status?: { phase?: 'Available' | 'Unavailable' };
}

/** Asks for a URL from which one file of a backup or restore can be downloaded. */
export interface DownloadRequest extends KubeObject {
  spec?: { target: { kind: string; name: string } };
  status?: {
    phase?: 'New' | 'Processed' | 'Failed';
    downloadURL?: string;
    expiration?: string | null;
    message?: string;
  };
}

/** Asks for a backup and all its data to be deleted. */
export interface DeleteBackupRequest extends KubeObject {
  spec?: { backupName: string };
  status?: { phase?: 'New' | 'InProgress' | 'Processed'; errors?: string[] | null };
}

/** Asks the server for its version. */
export interface ServerStatusRequest extends KubeObject {
  spec?: Record<string, never>;
  status?: {
    phase?: 'New' | 'Processed';
    processedTimestamp?: string | null;
    serverVersion?: string;
    plugins?: { name: string; kind: string }[] | null;
  };
}
