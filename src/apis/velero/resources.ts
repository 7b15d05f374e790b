// Which resources are Velero's? Their names for typed clients, and their definitions for the API server.
// None has a status subresource: Velero's own clients write whole objects, and a status subresource
// would discard what they write.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { PrinterColumn, ResourceDefinition } from '../definition.ts';
import { age, plain } from './columns.ts';
import type { BackupRepository, DataDownload, DataUpload, PodVolumeBackup, PodVolumeRestore } from './data-types.ts';
import { veleroSchemaName } from './schema.ts';
import type {
  Backup,
  BackupStorageLocation,
  DeleteBackupRequest,
  DownloadRequest,
  Restore,
  Schedule,
  ServerStatusRequest,
  VolumeSnapshotLocation,
} from './types.ts';

const v1 = { group: 'velero.io', version: 'v1', namespaced: true } as const;
const v2alpha1 = { group: 'velero.io', version: 'v2alpha1', namespaced: true } as const;

export const backups: Resource<Backup> = { ...v1, plural: 'backups', kind: 'Backup' };
export const restores: Resource<Restore> = { ...v1, plural: 'restores', kind: 'Restore' };
export const schedules: Resource<Schedule> = { ...v1, plural: 'schedules', kind: 'Schedule' };
export const backupStorageLocations: Resource<BackupStorageLocation> = {
  ...v1,
  plural: 'backupstoragelocations',
  kind: 'BackupStorageLocation',
};
export const volumeSnapshotLocations: Resource<VolumeSnapshotLocation> = {
  ...v1,
  plural: 'volumesnapshotlocations',
  kind: 'VolumeSnapshotLocation',
};
export const downloadRequests: Resource<DownloadRequest> = {
  ...v1,
  plural: 'downloadrequests',
  kind: 'DownloadRequest',
};
export const deleteBackupRequests: Resource<DeleteBackupRequest> = {
  ...v1,
  plural: 'deletebackuprequests',
  kind: 'DeleteBackupRequest',
};
export const serverStatusRequests: Resource<ServerStatusRequest> = {
  ...v1,
  plural: 'serverstatusrequests',
  kind: 'ServerStatusRequest',
};
export const podVolumeBackups: Resource<PodVolumeBackup> = {
  ...v1,
  plural: 'podvolumebackups',
  kind: 'PodVolumeBackup',
};
export const podVolumeRestores: Resource<PodVolumeRestore> = {
  ...v1,
  plural: 'podvolumerestores',
  kind: 'PodVolumeRestore',
};
export const backupRepositories: Resource<BackupRepository> = {
  ...v1,
  plural: 'backuprepositories',
  kind: 'BackupRepository',
};
export const dataUploads: Resource<DataUpload> = { ...v2alpha1, plural: 'datauploads', kind: 'DataUpload' };
export const dataDownloads: Resource<DataDownload> = { ...v2alpha1, plural: 'datadownloads', kind: 'DataDownload' };

interface Definition<T extends KubeObject> {
  resource: Resource<T>;
  shortName: string;
  columns: PrinterColumn<T>[];
}

/** A custom resource: merge patches only, metadata.generation kept, nothing defaulted. */
function define<T extends KubeObject>({ resource, shortName, columns }: Definition<T>): ResourceDefinition {
  const definition: ResourceDefinition<T> = {
    resource,
    listKind: `${resource.kind}List`,
    singular: resource.kind.toLowerCase(),
    shortNames: [shortName],
    categories: [],
    subresources: [],
    schemaName: veleroSchemaName(resource.version, resource.kind),
    isBuiltIn: false,
    hasGeneration: true,
    columns: [
      { name: 'Name', type: 'string', format: 'name', priority: 0, cell: (object) => object.metadata.name },
      ...columns,
    ],
    selectableFields: {},
  };
  // The registry holds definitions of all types; the server gives each one only objects of its own resource.
  return definition as unknown as ResourceDefinition;
}

const created = age<KubeObject>('Age', (object) => object.metadata.creationTimestamp);

const backupColumns: PrinterColumn<Backup>[] = [
  plain('Status', 'string', (backup) => backup.status?.phase),
  plain('Errors', 'integer', (backup) => backup.status?.errors),
  plain('Warnings', 'integer', (backup) => backup.status?.warnings),
  age('Started', (backup) => backup.status?.startTimestamp),
  created,
];

const restoreColumns: PrinterColumn<Restore>[] = [
  plain('Backup', 'string', (restore) => restore.spec?.backupName),
  plain('Status', 'string', (restore) => restore.status?.phase),
  plain('Errors', 'integer', (restore) => restore.status?.errors),
  plain('Warnings', 'integer', (restore) => restore.status?.warnings),
  created,
];

const scheduleColumns: PrinterColumn<Schedule>[] = [
  plain('Status', 'string', (schedule) => schedule.status?.phase),
  plain('Schedule', 'string', (schedule) => schedule.spec?.schedule),
  age('LastBackup', (schedule) => schedule.status?.lastBackup),
  created,
  plain('Paused', 'boolean', (schedule) => schedule.spec?.paused),
];

const locationColumns: PrinterColumn<BackupStorageLocation>[] = [
  plain('Phase', 'string', (location) => location.status?.phase),
  age('Last Validated', (location) => location.status?.lastValidationTime),
  created,
  plain('Default', 'boolean', (location) => location.spec?.default),
];

const downloadRequestColumns: PrinterColumn<DownloadRequest>[] = [
  plain('Target Kind', 'string', (request) => request.spec?.target.kind),
  plain('Target Name', 'string', (request) => request.spec?.target.name),
  plain('Status', 'string', (request) => request.status?.phase),
  created,
];

type Movement = KubeObject & { spec?: { backupStorageLocation: string }; status?: DataUpload['status'] };

/** The columns that all data movements share, in Velero's order. */
function movementColumns(options: { incremental: boolean }): PrinterColumn<Movement>[] {
  return [
    plain('Status', 'string', (move) => move.status?.phase),
    age('Started', (move) => move.status?.startTimestamp),
    plain('Bytes Done', 'integer', (move) => move.status?.progress?.bytesDone),
    plain('Total Bytes', 'integer', (move) => move.status?.progress?.totalBytes),
    ...(options.incremental
      ? [{ ...plain<Movement>('Incremental Bytes', 'integer', (move) => move.status?.incrementalBytes), priority: 10 }]
      : []),
    plain('Storage Location', 'string', (move) => move.spec?.backupStorageLocation),
    created,
    plain('Node', 'string', (move) => move.status?.node),
  ];
}

const podVolumeBackupColumns: PrinterColumn<PodVolumeBackup>[] = [
  ...(movementColumns({ incremental: true }).slice(0, -1) as PrinterColumn<PodVolumeBackup>[]),
  plain('Node', 'string', (move) => move.spec?.node),
  plain('Uploader', 'string', (move) => move.spec?.uploaderType),
];

const podVolumeRestoreColumns: PrinterColumn<PodVolumeRestore>[] = [
  ...(movementColumns({ incremental: false }) as PrinterColumn<PodVolumeRestore>[]),
  plain('Uploader Type', 'string', (move) => move.spec?.uploaderType),
];

const snapshotLocationColumns: PrinterColumn<VolumeSnapshotLocation>[] = [
  plain('Provider', 'string', (location) => location.spec?.provider),
  plain('Phase', 'string', (location) => location.status?.phase),
  created,
];

const deleteRequestColumns: PrinterColumn<DeleteBackupRequest>[] = [
  plain('BackupName', 'string', (request) => request.spec?.backupName),
  plain('Status', 'string', (request) => request.status?.phase),
];

const statusRequestColumns: PrinterColumn<ServerStatusRequest>[] = [
  plain('Status', 'string', (request) => request.status?.phase),
  plain('Server Version', 'string', (request) => request.status?.serverVersion),
  age('Processed', (request) => request.status?.processedTimestamp),
  created,
];

const repositoryColumns: PrinterColumn<BackupRepository>[] = [
  created,
  plain('Repository Type', 'string', (repository) => repository.spec?.repositoryType),
];

/** All Velero resources, for the API server's registry. */
export const veleroResources: ResourceDefinition[] = [
  define({ resource: backups, shortName: 'bak', columns: backupColumns }),
  define({ resource: restores, shortName: 'rst', columns: restoreColumns }),
  define({ resource: schedules, shortName: 'sched', columns: scheduleColumns }),
  define({ resource: backupStorageLocations, shortName: 'bsl', columns: locationColumns }),
  define({ resource: volumeSnapshotLocations, shortName: 'vsl', columns: snapshotLocationColumns }),
  define({ resource: downloadRequests, shortName: 'dreq', columns: downloadRequestColumns }),
  define({ resource: deleteBackupRequests, shortName: 'dbr', columns: deleteRequestColumns }),
  define({ resource: serverStatusRequests, shortName: 'ssr', columns: statusRequestColumns }),
  define({ resource: podVolumeBackups, shortName: 'pvb', columns: podVolumeBackupColumns }),
  define({ resource: podVolumeRestores, shortName: 'pvr', columns: podVolumeRestoreColumns }),
  define({ resource: backupRepositories, shortName: 'repo', columns: repositoryColumns }),
  define({ resource: dataUploads, shortName: 'du', columns: movementColumns({ incremental: true }) }),
  define({
    resource: dataDownloads,
    shortName: 'dd',
    columns: movementColumns({ incremental: false }),
  }),
];
