// What is a storage class to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { storageClasses } from '../resources.ts';
import type { StorageClass } from './generated/v1.ts';

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const policies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

/** Is the class marked as the one for claims that name none? */
export function isDefaultClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return defaultAnnotations.some((annotation) => metadata.annotations?.[annotation] === 'true');
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
    object.reclaimPolicy ||= 'Delete';
    object.volumeBindingMode ||= 'Immediate';
  },
  validateCreate: validateStorageClass,
  validateUpdate: (object, old) => [...validateStorageClass(object), ...validateStorageClassUpdate(object, old)],
});

function validateStorageClass({
  provisioner,
  parameters,
  reclaimPolicy,
  volumeBindingMode,
  allowedTopologies,
}: StorageClass): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!provisioner) causes.push(required('provisioner'));
  else
    causes.push(
      ...labelKey(provisioner.toLowerCase()).map((message) => invalidValue('provisioner', provisioner, message)),
    );
  for (const key of Object.keys(parameters ?? {}))
    if (!key) causes.push(invalidValue('parameters', key, 'field can not be empty'));
  if (reclaimPolicy && !policies.includes(reclaimPolicy))
    causes.push(notSupported('reclaimPolicy', reclaimPolicy, policies));
  if (!volumeBindingMode) causes.push(required('volumeBindingMode'));
  else if (!bindingModes.includes(volumeBindingMode)) {
    causes.push(notSupported('volumeBindingMode', volumeBindingMode, bindingModes));
  }
  for (const [index, { matchLabelExpressions = [] }] of (allowedTopologies ?? []).entries()) {
    for (const [position, { key, values }] of matchLabelExpressions.entries()) {
      const at = `allowedTopologies[${index}].matchLabelExpressions[${position}]`;
      if (!values?.length) causes.push(required(`${at}.values`));
      causes.push(...labelKey(key).map((message) => invalidValue(`${at}.key`, key, message)));
    }
  }
  return causes;
}

function validateStorageClassUpdate(object: StorageClass, old: StorageClass): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!semanticallyEqual(object.parameters, old.parameters)) {
    causes.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  }
  if (object.provisioner !== old.provisioner)
    causes.push(forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy) {
    causes.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  }
  if (object.volumeBindingMode !== old.volumeBindingMode) {
    causes.push(invalidValue('volumeBindingMode', object.volumeBindingMode, 'field is immutable'));
  }
  return causes;
}
