// Do the list and map types of a schema fit its items? Source: apiextensions validation of x-kubernetes-list-type and -map-type.

import { forbidden, invalidValue, notSupported, required } from '../../../apimachinery/field-error.ts';
import { ownField } from '../../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, keyPath } from '../paths.ts';

/** Problems of this level's list type, map type and map keys. */
export function listRules(schema: JsonSchema, path: string): StatusCause[] {
  return [
    ...typeOf(schema, path, { extension: 'x-kubernetes-map-type', type: 'object', known: ['atomic', 'granular'] }),
    ...typeOf(schema, path, { extension: 'x-kubernetes-list-type', type: 'array', known: ['atomic', 'set', 'map'] }),
    ...setItemRules(schema, path),
    ...mapKeyRules(schema, path),
    ...nullRules(schema, path),
  ];
}

interface TypeRule {
  extension: 'x-kubernetes-map-type' | 'x-kubernetes-list-type';
  type: string;
  known: string[];
}

function typeOf(schema: JsonSchema, path: string, { extension, type, known }: TypeRule): StatusCause[] {
  const value = schema[extension];
  if (value === undefined) return [];
  const must = `must be ${type} if ${extension} is specified`;
  const at = childPath(path, 'type');
  const wrongType = schema.type ? invalidValue(at, schema.type, must) : required(at, must);
  return [
    ...(schema.type === type ? [] : [wrongType]),
    ...(known.includes(value) ? [] : [notSupported(childPath(path, extension), value, known)]),
  ];
}

function setItemRules(schema: JsonSchema, path: string): StatusCause[] {
  const { items } = schema;
  if (schema['x-kubernetes-list-type'] !== 'set' || !items) return [];
  const must = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const at = childPath(path, 'items');
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalidValue(childPath(at, 'x-kubernetes-list-type'), listType, must)];
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    return [invalidValue(childPath(at, 'x-kubernetes-map-type'), items['x-kubernetes-map-type'] ?? null, must)];
  return [];
}

function mapKeyRules(schema: JsonSchema, path: string): StatusCause[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const causes: StatusCause[] = [];
  if (keys.length > 0 && listType !== 'map') {
    const must = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = childPath(path, 'x-kubernetes-list-type');
    causes.push(listType === undefined ? required(at, must) : invalidValue(at, listType, must));
  }
  if (listType !== 'map') return causes;
  const keysPath = childPath(path, 'x-kubernetes-list-map-keys');
  const itemsPath = childPath(path, 'items');
  if (keys.length === 0) causes.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  const { items } = schema;
  if (!items) return [...causes, required(itemsPath, 'must have a schema if x-kubernetes-list-type is map')];
  if (items.type !== 'object')
    return [
      ...causes,
      invalidValue(
        childPath(itemsPath, 'type'),
        items.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    ];
  for (const [i, key] of keys.entries()) {
    const property = ownField(items.properties, key);
    if (!property) causes.push(invalidValue(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object')
      causes.push(
        invalidValue(
          childPath(keyPath(childPath(itemsPath, 'properties'), key), 'type'),
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < i) causes.push(invalidValue(keysPath, keys, 'must not contain duplicate entries'));
  }
  return causes;
}

/** Items of sets and maps, and the keys of the latter, must always be there. */
function nullRules(schema: JsonSchema, path: string): StatusCause[] {
  const { items } = schema;
  const listType = schema['x-kubernetes-list-type'];
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const itemsPath = childPath(path, 'items');
  const causes: StatusCause[] = [];
  if (items.nullable)
    causes.push(
      forbidden(childPath(itemsPath, 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  for (const key of listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : []) {
    const property = ownField(items.properties, key);
    if (!property) continue;
    const at = keyPath(childPath(itemsPath, 'properties'), key);
    const isIn = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(key) && property.default === undefined)
      causes.push(required(childPath(at, 'default'), `${isIn} must have a default or be a required property`));
    if (property.nullable) causes.push(forbidden(childPath(at, 'nullable'), `${isIn} cannot be nullable`));
  }
  return causes;
}
