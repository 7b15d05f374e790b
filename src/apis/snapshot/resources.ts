// What must the API server know of snapshots? Resource definitions of snapshot.storage.k8s.io/v1,
// with the columns of upstream's CRDs.

import { ageOf } from '../../apimachinery/duration.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { nameColumn } from '../columns.ts';
import type { PrinterColumn, ResourceDefinition } from '../definition.ts';
import { rule } from './rule.ts';
import { snapshotSchemaNames } from './schema.ts';
import {
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
} from './types.ts';

const definition = { categories: [], isBuiltIn: false, hasGeneration: true, selectableFields: {} };

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  priority: 0,
  cell: ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs),
};

const snapshotColumns: PrinterColumn<VolumeSnapshot>[] = [
  { name: 'ReadyToUse', type: 'boolean', priority: 0, cell: ({ status }) => String(status?.readyToUse ?? '') },
  { name: 'SourcePVC', type: 'string', priority: 0, cell: ({ spec }) => spec.source.persistentVolumeClaimName ?? '' },
  {
    name: 'SourceSnapshotContent',
    type: 'string',
    priority: 0,
    cell: ({ spec }) => spec.source.volumeSnapshotContentName ?? '',
  },
  { name: 'RestoreSize', type: 'string', priority: 0, cell: ({ status }) => status?.restoreSize ?? '' },
  { name: 'SnapshotClass', type: 'string', priority: 0, cell: ({ spec }) => spec.volumeSnapshotClassName ?? '' },
  {
    name: 'SnapshotContent',
    type: 'string',
    priority: 0,
    cell: ({ status }) => status?.boundVolumeSnapshotContentName ?? '',
  },
  {
    name: 'CreationTime',
    type: 'date',
    priority: 0,
    cell: ({ status }, nowMs) => (status?.creationTime ? ageOf(status.creationTime, nowMs) : ''),
  },
  age,
];

const contentColumns: PrinterColumn<VolumeSnapshotContent>[] = [
  { name: 'ReadyToUse', type: 'boolean', priority: 0, cell: ({ status }) => String(status?.readyToUse ?? '') },
  { name: 'RestoreSize', type: 'integer', priority: 0, cell: ({ status }) => status?.restoreSize ?? '' },
  { name: 'DeletionPolicy', type: 'string', priority: 0, cell: ({ spec }) => spec.deletionPolicy },
  { name: 'Driver', type: 'string', priority: 0, cell: ({ spec }) => spec.driver },
  { name: 'VolumeSnapshotClass', type: 'string', priority: 0, cell: ({ spec }) => spec.volumeSnapshotClassName ?? '' },
  { name: 'VolumeSnapshot', type: 'string', priority: 0, cell: ({ spec }) => spec.volumeSnapshotRef.name ?? '' },
  {
    name: 'VolumeSnapshotNamespace',
    type: 'string',
    priority: 0,
    cell: ({ spec }) => spec.volumeSnapshotRef.namespace ?? '',
  },
  age,
];

const classColumns: PrinterColumn<VolumeSnapshotClass>[] = [
  { name: 'Driver', type: 'string', priority: 0, cell: ({ driver }) => driver },
  { name: 'DeletionPolicy', type: 'string', priority: 0, cell: ({ deletionPolicy }) => deletionPolicy },
  age,
];

/** VolumeSnapshot, VolumeSnapshotContent and VolumeSnapshotClass. */
export const snapshotResources: ResourceDefinition[] = [
  {
    ...definition,
    resource: volumeSnapshots,
    listKind: 'VolumeSnapshotList',
    singular: 'volumesnapshot',
    shortNames: ['vs'],
    subresources: ['status'],
    schemaName: snapshotSchemaNames.VolumeSnapshot,
    columns: [nameColumn(), ...snapshotColumns],
    validateCreate: validateSnapshot,
    validateUpdate: validateSnapshotUpdate,
  } satisfies ResourceDefinition<VolumeSnapshot>,
  {
    ...definition,
    resource: volumeSnapshotContents,
    listKind: 'VolumeSnapshotContentList',
    singular: 'volumesnapshotcontent',
    shortNames: ['vsc', 'vscs'],
    subresources: ['status'],
    schemaName: snapshotSchemaNames.VolumeSnapshotContent,
    columns: [nameColumn(), ...contentColumns],
    validateCreate: validateContent,
    validateUpdate: validateContentUpdate,
  } satisfies ResourceDefinition<VolumeSnapshotContent>,
  {
    ...definition,
    resource: volumeSnapshotClasses,
    listKind: 'VolumeSnapshotClassList',
    singular: 'volumesnapshotclass',
    shortNames: ['vsclass', 'vsclasses'],
    subresources: [],
    schemaName: snapshotSchemaNames.VolumeSnapshotClass,
    columns: [nameColumn(), ...classColumns],
  } satisfies ResourceDefinition<VolumeSnapshotClass>,
] as unknown[] as ResourceDefinition[];

function validateSnapshot({ spec }: VolumeSnapshot): StatusCause[] {
  const { persistentVolumeClaimName, volumeSnapshotContentName } = spec.source;
  const isOne = (persistentVolumeClaimName === undefined) !== (volumeSnapshotContentName === undefined);
  return [
    ...rule('spec.source', 'exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set', isOne),
    ...rule(
      'spec.volumeSnapshotClassName',
      'volumeSnapshotClassName must not be the empty string when set',
      spec.volumeSnapshotClassName !== '',
    ),
  ];
}

function validateSnapshotUpdate(snapshot: VolumeSnapshot, old: VolumeSnapshot): StatusCause[] {
  const source = snapshot.spec.source;
  const before = old.spec.source;
  return [
    ...rule(
      'spec.source.persistentVolumeClaimName',
      'persistentVolumeClaimName is immutable',
      source.persistentVolumeClaimName === before.persistentVolumeClaimName,
    ),
    ...rule(
      'spec.source.volumeSnapshotContentName',
      'volumeSnapshotContentName is immutable',
      source.volumeSnapshotContentName === before.volumeSnapshotContentName,
    ),
  ];
}

function validateContent({ spec }: VolumeSnapshotContent): StatusCause[] {
  const isOne = (spec.source.volumeHandle === undefined) !== (spec.source.snapshotHandle === undefined);
  return [
    ...rule('spec.source', 'exactly one of volumeHandle and snapshotHandle must be set', isOne),
    ...rule(
      'spec.volumeSnapshotRef',
      'both spec.volumeSnapshotRef.name and spec.volumeSnapshotRef.namespace must be set',
      Boolean(spec.volumeSnapshotRef.name && spec.volumeSnapshotRef.namespace),
    ),
  ];
}

function validateContentUpdate(content: VolumeSnapshotContent, old: VolumeSnapshotContent): StatusCause[] {
  const { source, sourceVolumeMode } = content.spec;
  return [
    ...rule(
      'spec.source.volumeHandle',
      'volumeHandle is immutable',
      source.volumeHandle === old.spec.source.volumeHandle,
    ),
    ...rule(
      'spec.source.snapshotHandle',
      'snapshotHandle is immutable',
      source.snapshotHandle === old.spec.source.snapshotHandle,
    ),
    ...rule(
      'spec.sourceVolumeMode',
      'sourceVolumeMode is immutable',
      old.spec.sourceVolumeMode === undefined || sourceVolumeMode === old.spec.sourceVolumeMode,
    ),
  ];
}
