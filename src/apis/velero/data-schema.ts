// What is a valid object of the kinds that move volume data? Schemas of PodVolumeBackup, PodVolumeRestore,
// BackupRepository (velero.io/v1), DataUpload and DataDownload (v2alpha1).

import type { JsonSchema } from '../definition.ts';
import {
  boolean,
  bytesProgress,
  dataMovePhase,
  int64,
  listOf,
  nullable,
  object,
  oneOf,
  podReference,
  string,
  stringMap,
  time,
} from './schema-parts.ts';

const uploaderType = oneOf('kopia', 'restic', '');
const nodeOS = oneOf('auto', 'linux', 'windows');

const moveStatus = {
  phase: dataMovePhase,
  message: string,
  progress: bytesProgress,
  startTimestamp: time,
  completionTimestamp: time,
  acceptedTimestamp: time,
};

const podVolumeBackup = object({
  'node!': string,
  'pod!': podReference,
  'volume!': string,
  'backupStorageLocation!': string,
  'repoIdentifier!': string,
  uploaderType,
  tags: stringMap,
  uploaderSettings: nullable(stringMap),
  cancel: boolean,
  parentSnapshot: string,
});

const podVolumeRestore = object({
  'pod!': podReference,
  'volume!': string,
  'backupStorageLocation!': string,
  'repoIdentifier!': string,
  'snapshotID!': string,
  snapshotSize: int64,
  'sourceNamespace!': string,
  uploaderType,
  uploaderSettings: nullable(stringMap),
  cancel: boolean,
});

const repository = object({
  'volumeNamespace!': string,
  'backupStorageLocation!': string,
  repositoryType: uploaderType,
  resticIdentifier: string,
  repositoryConfig: nullable(stringMap),
  'maintenanceFrequency!': string,
});

const repositoryStatus = object({
  phase: oneOf('New', 'Ready', 'NotReady'),
  message: string,
  lastMaintenanceTime: time,
  recentMaintenance: listOf(
    object({ result: oneOf('Succeeded', 'Failed'), startTimestamp: time, completeTimestamp: time, message: string }),
  ),
});

const dataUpload = object({
  'snapshotType!': string,
  csiSnapshot: nullable(
    object({ 'volumeSnapshot!': string, 'storageClass!': string, snapshotClass: string, driver: string }),
  ),
  'sourcePVC!': string,
  'sourceNamespace!': string,
  datamover: string,
  'backupStorageLocation!': string,
  dataMoverConfig: nullable(stringMap),
  cancel: boolean,
  'operationTimeout!': string,
  sourceFSType: string,
  parentSnapshot: string,
});

const dataDownload = object({
  'targetVolume!': object({ 'pvc!': string, 'pv!': string, 'namespace!': string, fsType: string }),
  'backupStorageLocation!': string,
  datamover: string,
  'snapshotID!': string,
  snapshotSize: int64,
  'sourceNamespace!': string,
  dataMoverConfig: stringMap,
  cancel: boolean,
  'operationTimeout!': string,
  nodeOS,
});

/** Spec and status of each kind that moves data, and its version. */
export const dataMovementSchemas: Record<string, { version: 'v1' | 'v2alpha1'; spec: JsonSchema; status: JsonSchema }> =
  {
    PodVolumeBackup: {
      version: 'v1',
      spec: podVolumeBackup,
      status: object({ ...moveStatus, path: string, snapshotID: string, incrementalBytes: int64 }),
    },
    PodVolumeRestore: { version: 'v1', spec: podVolumeRestore, status: object({ ...moveStatus, node: string }) },
    BackupRepository: { version: 'v1', spec: repository, status: repositoryStatus },
    DataUpload: {
      version: 'v2alpha1',
      spec: dataUpload,
      status: object({
        ...moveStatus,
        path: string,
        snapshotID: string,
        dataMoverResult: nullable(stringMap),
        node: string,
        acceptedByNode: string,
        nodeOS,
        incrementalBytes: int64,
      }),
    },
    DataDownload: {
      version: 'v2alpha1',
      spec: dataDownload,
      status: object({ ...moveStatus, node: string, acceptedByNode: string }),
    },
  };
