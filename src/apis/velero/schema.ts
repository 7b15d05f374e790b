// What is a valid object of Velero's kinds? Schemas of velero.io/v1 and v2alpha1, written from the fields
// that Velero v1.18 documents. Fields that only later versions have are accepted too.

import type { JsonSchema, SchemaComponents } from '../definition.ts';
import { dataMovementSchemas } from './data-schema.ts';
import {
  boolean,
  hookStatus,
  integer,
  labelSelector,
  listOf,
  names,
  nullable,
  object,
  oneOf,
  secretKey,
  string,
  stringMap,
  time,
  typedReference,
} from './schema-parts.ts';

const resourceHookScope = {
  'name!': string,
  includedNamespaces: names,
  excludedNamespaces: names,
  includedResources: names,
  excludedResources: names,
  labelSelector: nullable(labelSelector),
};

const execHook = object({
  'exec!': object({
    container: string,
    'command!': { ...listOf(string) },
    onError: oneOf('Continue', 'Fail'),
    timeout: string,
  }),
});

const backupSpec = object({
  metadata: object({ labels: stringMap }),
  includedNamespaces: names,
  excludedNamespaces: names,
  includedResources: names,
  excludedResources: names,
  includedClusterScopedResources: names,
  excludedClusterScopedResources: names,
  includedNamespaceScopedResources: names,
  excludedNamespaceScopedResources: names,
  includeClusterResources: nullable(boolean),
  labelSelector: nullable(labelSelector),
  orLabelSelectors: nullable(listOf(labelSelector)),
  snapshotVolumes: nullable(boolean),
  snapshotMoveData: nullable(boolean),
  datamover: string,
  defaultVolumesToFsBackup: nullable(boolean),
  defaultVolumesToRestic: nullable(boolean),
  storageLocation: string,
  volumeSnapshotLocations: listOf(string),
  ttl: string,
  hooks: object({
    resources: nullable(listOf(object({ ...resourceHookScope, pre: listOf(execHook), post: listOf(execHook) }))),
  }),
  orderedResources: nullable(stringMap),
  csiSnapshotTimeout: string,
  itemOperationTimeout: string,
  resourcePolicy: typedReference,
  uploaderConfig: nullable(object({ parallelFilesUpload: integer })),
  volumeGroupSnapshotLabelKey: string,
  backupType: oneOf('Full', 'Incremental'),
});

const backupPhase = oneOf(
  'New',
  'Queued',
  'ReadyToStart',
  'FailedValidation',
  'InProgress',
  'WaitingForPluginOperations',
  'WaitingForPluginOperationsPartiallyFailed',
  'Finalizing',
  'FinalizingPartiallyFailed',
  'Completed',
  'PartiallyFailed',
  'Failed',
  'Deleting',
);

const backupStatus = object({
  version: integer,
  formatVersion: string,
  phase: backupPhase,
  queuePosition: integer,
  expiration: time,
  startTimestamp: time,
  completionTimestamp: time,
  validationErrors: names,
  failureReason: string,
  errors: integer,
  warnings: integer,
  progress: nullable(object({ totalItems: integer, itemsBackedUp: integer })),
  hookStatus,
  volumeSnapshotsAttempted: integer,
  volumeSnapshotsCompleted: integer,
  csiVolumeSnapshotsAttempted: integer,
  csiVolumeSnapshotsCompleted: integer,
  backupItemOperationsAttempted: integer,
  backupItemOperationsCompleted: integer,
  backupItemOperationsFailed: integer,
});

const restoreHook = object({
  init: object({
    initContainers: listOf({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
    timeout: string,
  }),
  exec: object({
    container: string,
    'command!': listOf(string),
    onError: oneOf('Continue', 'Fail'),
    execTimeout: string,
    waitTimeout: string,
    waitForReady: nullable(boolean),
  }),
});

const restoreSpec = object({
  backupName: string,
  scheduleName: string,
  includedNamespaces: names,
  excludedNamespaces: names,
  includedResources: names,
  excludedResources: names,
  includeClusterResources: nullable(boolean),
  labelSelector: nullable(labelSelector),
  orLabelSelectors: nullable(listOf(labelSelector)),
  namespaceMapping: stringMap,
  restorePVs: nullable(boolean),
  restoreStatus: nullable(object({ includedResources: names, excludedResources: names })),
  preserveNodePorts: nullable(boolean),
  existingResourcePolicy: nullable(string),
  itemOperationTimeout: string,
  hooks: object({ resources: listOf(object({ ...resourceHookScope, postHooks: listOf(restoreHook) })) }),
  resourceModifier: nullable(typedReference),
  resourcePolicy: nullable(typedReference),
  skipDefaultResourceModifier: nullable(boolean),
  uploaderConfig: nullable(object({ writeSparseFiles: nullable(boolean), parallelFilesDownload: integer })),
});

const restoreStatus = object({
  phase: oneOf(
    'New',
    'FailedValidation',
    'InProgress',
    'WaitingForPluginOperations',
    'WaitingForPluginOperationsPartiallyFailed',
    'Completed',
    'PartiallyFailed',
    'Failed',
    'Finalizing',
    'FinalizingPartiallyFailed',
  ),
  validationErrors: names,
  failureReason: string,
  errors: integer,
  warnings: integer,
  startTimestamp: time,
  completionTimestamp: time,
  progress: nullable(object({ totalItems: integer, itemsRestored: integer })),
  hookStatus,
  restoreItemOperationsAttempted: integer,
  restoreItemOperationsCompleted: integer,
  restoreItemOperationsFailed: integer,
});

const location = object({
  'provider!': { ...string, minLength: 1 },
  config: stringMap,
  credential: secretKey,
  'objectStorage!': object({
    'bucket!': string,
    prefix: string,
    caCert: { ...string, format: 'byte' },
    caCertRef: secretKey,
  }),
  default: boolean,
  accessMode: oneOf('ReadOnly', 'ReadWrite'),
  backupSyncPeriod: nullable(string),
  validationFrequency: nullable(string),
});

const locationStatus = object({
  phase: oneOf('Available', 'Unavailable'),
  message: string,
  lastValidationTime: time,
  lastSyncedTime: time,
  lastSyncedRevision: string,
  accessMode: oneOf('ReadOnly', 'ReadWrite'),
});

const downloadKinds = oneOf(
  'BackupLog',
  'BackupContents',
  'BackupVolumeSnapshots',
  'BackupItemOperations',
  'BackupResourceList',
  'BackupResults',
  'RestoreLog',
  'RestoreResults',
  'RestoreResourceList',
  'RestoreItemOperations',
  'CSIBackupVolumeSnapshots',
  'CSIBackupVolumeSnapshotContents',
  'BackupVolumeInfos',
  'RestoreVolumeInfo',
);

const kinds: Record<string, { version: 'v1' | 'v2alpha1'; spec: JsonSchema; status: JsonSchema }> = {
  Backup: { version: 'v1', spec: backupSpec, status: backupStatus },
  Restore: { version: 'v1', spec: restoreSpec, status: restoreStatus },
  Schedule: {
    version: 'v1',
    spec: object({
      'schedule!': string,
      'template!': backupSpec,
      paused: boolean,
      skipImmediately: boolean,
      useOwnerReferencesInBackup: nullable(boolean),
    }),
    status: object({
      phase: oneOf('New', 'Enabled', 'FailedValidation'),
      lastBackup: time,
      lastSkipped: time,
      validationErrors: listOf(string),
    }),
  },
  BackupStorageLocation: { version: 'v1', spec: location, status: locationStatus },
  VolumeSnapshotLocation: {
    version: 'v1',
    spec: object({ 'provider!': string, config: stringMap, credential: secretKey }),
    status: object({ phase: oneOf('Available', 'Unavailable') }),
  },
  DownloadRequest: {
    version: 'v1',
    spec: object({ 'target!': object({ 'kind!': downloadKinds, 'name!': string }) }),
    status: object({
      phase: oneOf('New', 'Processed', 'Failed'),
      downloadURL: string,
      expiration: time,
      message: string,
    }),
  },
  DeleteBackupRequest: {
    version: 'v1',
    spec: object({ 'backupName!': string }),
    status: object({ phase: oneOf('New', 'InProgress', 'Processed'), errors: names }),
  },
  ServerStatusRequest: {
    version: 'v1',
    spec: object({}),
    status: object({
      phase: oneOf('New', 'Processed'),
      processedTimestamp: time,
      serverVersion: string,
      plugins: nullable(listOf(object({ 'kind!': string, 'name!': string }))),
    }),
  },
  ...dataMovementSchemas,
};

/** Name of a kind's schema in the OpenAPI components: `io.velero.v1.Backup`. */
export function veleroSchemaName(version: string, kind: string): string {
  return `io.velero.${version}.${kind}`;
}

/** Schemas of all Velero kinds, by component name. */
export const veleroSchemas: SchemaComponents = Object.fromEntries(
  Object.entries(kinds).map(([kind, { version, spec, status }]) => [
    veleroSchemaName(version, kind),
    {
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'velero.io', version, kind }],
      properties: {
        apiVersion: string,
        kind: string,
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
        spec,
        status,
      },
    } satisfies JsonSchema,
  ]),
);
