// What is a volume attributes class to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { volumeAttributesClasses } from '../resources.ts';
import type { VolumeAttributesClass } from './generated/v1.ts';
import { finalizers } from './names.ts';
import { validateParameters, validateProvisioner } from './storage-class-validation.ts';

export const volumeAttributesClass = defineResource<VolumeAttributesClass>({
  resource: volumeAttributesClasses,
  listKind: 'VolumeAttributesClassList',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [nameColumn(), column('DriverName', ({ driverName }) => driverName), ageColumn()],
  selectableFields: {},
  prepareForCreate: ({ metadata }) => {
    const kept = (metadata.finalizers ??= []);
    if (!kept.includes(finalizers.attributesClassProtection)) kept.push(finalizers.attributesClassProtection);
  },
  validateCreate: validateClass,
  validateUpdate: (object, old) => [
    ...(object.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(semanticallyEqual(object.parameters, old.parameters)
      ? []
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ...validateClass(object),
  ],
});

/** Source: pkg/apis/storage/validation ValidateVolumeAttributesClass. */
function validateClass({ driverName, parameters = {} }: VolumeAttributesClass): StatusCause[] {
  const causes = validateProvisioner(driverName, 'driverName');
  if (Object.keys(parameters).length > 0) return [...causes, ...validateParameters(parameters, 'parameters')];
  return [...causes, required('parameters', 'must contain at least one key/value pair')];
}
