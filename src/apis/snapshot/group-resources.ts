// What must the API server know of group snapshots? Resource definitions of groupsnapshot.storage.k8s.io/v1,
// with the columns and rules of upstream's CRDs.

import { ageOf } from '../../apimachinery/duration.ts';
import { semanticallyEqual } from '../../apimachinery/equality.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { column, nameColumn } from '../columns.ts';
import { defineResource, type PrinterColumn, type ResourceDefinition } from '../definition.ts';
import { groupSnapshotSchemaNames } from './group-schema.ts';
import {
  type VolumeGroupSnapshot,
  type VolumeGroupSnapshotClass,
  type VolumeGroupSnapshotContent,
  volumeGroupSnapshotClasses,
  volumeGroupSnapshotContents,
  volumeGroupSnapshots,
} from './group-types.ts';
import { rule } from './rule.ts';

const common = { categories: [], isBuiltIn: false, hasGeneration: true, selectableFields: {} };

function dateColumn<T extends KubeObject>(name: string, at: (object: T) => string | undefined): PrinterColumn<T> {
  const cell = (object: T, nowMs: number): string => {
    const time = at(object);
    return time ? ageOf(time, nowMs) : '';
  };
  return { name, type: 'date', priority: 0, cell };
}

function age<T extends KubeObject>(): PrinterColumn<T> {
  return dateColumn('Age', ({ metadata }) => metadata.creationTimestamp);
}

function readyColumn<T extends KubeObject & { status?: { readyToUse?: boolean } }>(): PrinterColumn<T> {
  return { name: 'ReadyToUse', type: 'boolean', priority: 0, cell: ({ status }) => String(status?.readyToUse ?? '') };
}

/** VolumeGroupSnapshot, VolumeGroupSnapshotContent and VolumeGroupSnapshotClass. */
export const groupSnapshotResources: ResourceDefinition[] = [
  defineResource<VolumeGroupSnapshot>({
    ...common,
    resource: volumeGroupSnapshots,
    listKind: 'VolumeGroupSnapshotList',
    singular: 'volumegroupsnapshot',
    shortNames: ['vgs'],
    subresources: ['status'],
    schemaName: groupSnapshotSchemaNames.VolumeGroupSnapshot,
    columns: [
      nameColumn(),
      readyColumn(),
      column('VolumeGroupSnapshotClass', ({ spec }) => spec.volumeGroupSnapshotClassName ?? ''),
      column('VolumeGroupSnapshotContent', ({ status }) => status?.boundVolumeGroupSnapshotContentName ?? ''),
      dateColumn('CreationTime', ({ status }) => status?.creationTime),
      age(),
    ],
    validateCreate: validateGroup,
    validateUpdate: (object, old) => [...validateGroup(object), ...validateGroupUpdate(object, old)],
  }),
  defineResource<VolumeGroupSnapshotContent>({
    ...common,
    resource: volumeGroupSnapshotContents,
    listKind: 'VolumeGroupSnapshotContentList',
    singular: 'volumegroupsnapshotcontent',
    shortNames: ['vgsc', 'vgscs'],
    subresources: ['status'],
    schemaName: groupSnapshotSchemaNames.VolumeGroupSnapshotContent,
    columns: [
      nameColumn(),
      readyColumn(),
      column('DeletionPolicy', ({ spec }) => spec.deletionPolicy),
      column('Driver', ({ spec }) => spec.driver),
      column('VolumeGroupSnapshotClass', ({ spec }) => spec.volumeGroupSnapshotClassName ?? ''),
      column('VolumeGroupSnapshotNamespace', ({ spec }) => spec.volumeGroupSnapshotRef.namespace ?? ''),
      column('VolumeGroupSnapshot', ({ spec }) => spec.volumeGroupSnapshotRef.name ?? ''),
      age(),
    ],
    validateCreate: validateContent,
    validateUpdate: (object, old) => [...validateContent(object), ...validateContentUpdate(object, old)],
  }),
  defineResource<VolumeGroupSnapshotClass>({
    ...common,
    resource: volumeGroupSnapshotClasses,
    listKind: 'VolumeGroupSnapshotClassList',
    singular: 'volumegroupsnapshotclass',
    shortNames: ['vgsclass', 'vgsclasses'],
    subresources: [],
    schemaName: groupSnapshotSchemaNames.VolumeGroupSnapshotClass,
    columns: [
      nameColumn(),
      column('Driver', ({ driver }) => driver),
      column('DeletionPolicy', ({ deletionPolicy }) => deletionPolicy),
      age(),
    ],
  }),
];

function validateGroup({ spec }: VolumeGroupSnapshot): StatusCause[] {
  const { selector, volumeGroupSnapshotContentName } = spec.source;
  return [
    ...rule(
      'spec.source',
      'exactly one of selector and volumeGroupSnapshotContentName must be set',
      (selector === undefined) !== (volumeGroupSnapshotContentName === undefined),
    ),
    ...rule(
      'spec.volumeGroupSnapshotClassName',
      'volumeGroupSnapshotClassName must not be the empty string when set',
      spec.volumeGroupSnapshotClassName !== '',
    ),
  ];
}

function validateGroupUpdate({ spec }: VolumeGroupSnapshot, { spec: old }: VolumeGroupSnapshot): StatusCause[] {
  return [
    ...rule(
      'spec.source.selector',
      'selector is immutable',
      semanticallyEqual(spec.source.selector, old.source.selector),
    ),
    ...rule(
      'spec.source.volumeGroupSnapshotContentName',
      'volumeGroupSnapshotContentName is immutable',
      spec.source.volumeGroupSnapshotContentName === old.source.volumeGroupSnapshotContentName,
    ),
  ];
}

function validateContent({ spec }: VolumeGroupSnapshotContent): StatusCause[] {
  const { volumeHandles, groupSnapshotHandles } = spec.source;
  return [
    ...rule(
      'spec.source',
      'exactly one of volumeHandles and groupSnapshotHandles must be set',
      (volumeHandles === undefined) !== (groupSnapshotHandles === undefined),
    ),
    ...rule(
      'spec.volumeGroupSnapshotRef',
      'both volumeGroupSnapshotRef.name and volumeGroupSnapshotRef.namespace must be set',
      Boolean(spec.volumeGroupSnapshotRef.name && spec.volumeGroupSnapshotRef.namespace),
    ),
  ];
}

function validateContentUpdate(
  { spec }: VolumeGroupSnapshotContent,
  { spec: old }: VolumeGroupSnapshotContent,
): StatusCause[] {
  const { volumeGroupSnapshotRef: ref } = spec;
  const { volumeGroupSnapshotRef: oldRef } = old;
  const keepsOnceSet = <T>(value: T | undefined, before: T | undefined): boolean =>
    before === undefined || value === before;
  return [
    ...rule('spec.driver', 'driver is immutable once set', spec.driver === old.driver),
    ...rule(
      'spec.source.groupSnapshotHandles',
      'groupSnapshotHandles is immutable',
      semanticallyEqual(spec.source.groupSnapshotHandles, old.source.groupSnapshotHandles),
    ),
    ...rule(
      'spec.source.volumeHandles',
      'volumeHandles is immutable',
      semanticallyEqual(spec.source.volumeHandles, old.source.volumeHandles),
    ),
    ...rule(
      'spec.volumeGroupSnapshotClassName',
      'volumeGroupSnapshotClassName is immutable once set',
      keepsOnceSet(spec.volumeGroupSnapshotClassName, old.volumeGroupSnapshotClassName),
    ),
    ...rule(
      'spec.volumeGroupSnapshotRef',
      'volumeGroupSnapshotRef.name and volumeGroupSnapshotRef.namespace are immutable',
      ref.name === oldRef.name && ref.namespace === oldRef.namespace,
    ),
    ...rule(
      'spec.volumeGroupSnapshotRef',
      'volumeGroupSnapshotRef.uid is immutable once set',
      keepsOnceSet(ref.uid, oldRef.uid),
    ),
  ];
}
