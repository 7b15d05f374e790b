// What is a config map to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { configMaps } from '../resources.ts';
import type { ConfigMap } from './generated/v1.ts';

const maxBytes = 1024 * 1024;

export const configMap = defineResource<ConfigMap>({
  resource: configMaps,
  listKind: 'ConfigMapList',
  singular: 'configmap',
  shortNames: ['cm'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.ConfigMap',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    column('Data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    ageColumn(),
  ],
  selectableFields: {},
  validateCreate: validateConfigMap,
  validateUpdate: (object, old) => [...validateConfigMapUpdate(object, old), ...validateConfigMap(object)],
});

/** Causes against a key of a config map's or secret's data. */
export function validateDataKey(key: string, field: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (key.length > 253) causes.push(invalidValue(field, key, 'must be no more than 253 characters'));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    causes.push(
      invalidValue(
        field,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
  }
  if (key === '.') causes.push(invalidValue(field, key, "must not be '.'"));
  if (key === '..') causes.push(invalidValue(field, key, "must not be '..'"));
  else if (key.startsWith('..')) causes.push(invalidValue(field, key, "must not start with '..'"));
  return causes;
}

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const key of Object.keys(data)) causes.push(...validateDataKey(key, `data[${key}]`));
  for (const key of Object.keys(binaryData)) causes.push(...validateDataKey(key, `binaryData[${key}]`));
  for (const key of Object.keys(data)) {
    if (Object.hasOwn(binaryData, key))
      causes.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  const bytes =
    Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) +
    Object.values(binaryData).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  return bytes > maxBytes ? [...causes, tooLong('', maxBytes)] : causes;
}

function validateConfigMapUpdate(object: ConfigMap, old: ConfigMap): StatusCause[] {
  if (!old.immutable) return [];
  const causes: StatusCause[] = [];
  const message = 'field is immutable when `immutable` is set';
  if (!object.immutable) causes.push(forbidden('immutable', message));
  if (!semanticallyEqual(object.data, old.data)) causes.push(forbidden('data', message));
  if (!semanticallyEqual(object.binaryData, old.binaryData)) causes.push(forbidden('binaryData', message));
  return causes;
}
