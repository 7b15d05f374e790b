// What is a storage class to the API server?

import { ageColumn, column, nameColumn } from '../columns.ts';
import { whyOutdated } from '../core/node-label-warnings.ts';
import { defineResource } from '../definition.ts';
import { storageClasses } from '../resources.ts';
import type { StorageClass, TopologySelectorTerm } from './generated/v1.ts';
import { validateStorageClass, validateStorageClassUpdate } from './storage-class-validation.ts';

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Is the class marked as the one for claims that name none? */
export function isDefaultClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return defaultAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true');
}

function warnTopology({ matchLabelExpressions = [] }: TopologySelectorTerm, index: number): string[] {
  return matchLabelExpressions.flatMap(({ key }, at) => {
    const why = whyOutdated(key);
    return why === undefined ? [] : [`allowedTopologies[${index}].matchLabelExpressions[${at}].key: ${why}`];
  });
}

export const storageClass = defineResource<StorageClass>({
  resource: storageClasses,
  listKind: 'StorageClassList',
  singular: 'storageclass',
  shortNames: ['sc'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.storage.v1.StorageClass',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    {
      ...nameColumn<StorageClass>(),
      cell: (object) => (isDefaultClass(object) ? `${object.metadata.name} (default)` : object.metadata.name),
    },
    column('Provisioner', ({ provisioner }) => provisioner),
    column('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    column('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    ageColumn(),
  ],
  selectableFields: {},
  applyDefaults: (object) => {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  validateCreate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings: ({ allowedTopologies = [] }) => allowedTopologies.flatMap(warnTopology),
});
