// What is a volume attributes class to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { VolumeAttributesClass } from './generated/v1.ts';

const volumeAttributesClasses: Resource<VolumeAttributesClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  namespaced: false,
};

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
  validateCreate: ({ driverName, parameters }) => [
    ...(driverName ? [] : [required('driverName')]),
    ...(Object.keys(parameters ?? {}).length > 0
      ? []
      : [required('parameters', 'must contain at least one key/value pair')]),
  ],
  validateUpdate: (object, old) => [
    ...(object.driverName === old.driverName
      ? []
      : [invalidValue('driverName', object.driverName, 'field is immutable')]),
    ...(semanticallyEqual(object.parameters, old.parameters)
      ? []
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
  ],
});
