// What is a volume attributes class to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, required } from '../../apimachinery/field-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { immutable } from '../field-rules.ts';
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
  validateCreate: ({ driverName, parameters = {} }) => [
    ...validateProvisioner(driverName, 'driverName'),
    ...(Object.keys(parameters).length > 0
      ? validateParameters(parameters, 'parameters')
      : [required('parameters', 'must contain at least one key/value pair')]),
  ],
  validateUpdate: (object, old) => [
    ...immutable('driverName', object.driverName, old.driverName),
    ...(semanticallyEqual(object.parameters, old.parameters)
      ? []
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
  ],
});
