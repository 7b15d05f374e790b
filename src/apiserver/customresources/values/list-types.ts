// Are the items of sets and of lists with keys unique? Source: apiextensions-apiserver/pkg/apiserver/schema/listtype.

import { duplicate, invalidValue } from '../../../apimachinery/field-error.ts';
import { ownField } from '../../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';
import { isJsonObject } from './json.ts';

/** Duplicates in lists of the types `set` and `map`, anywhere in `value`. */
export function validateListTypes(value: unknown, schema: JsonSchema, path = ''): StatusCause[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const below = items ? value.flatMap((item, i) => validateListTypes(item, items, indexPath(path, i))) : [];
    return [...duplicates(value, schema, path), ...below];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const own = ownField(schema.properties, key);
    if (own) return validateListTypes(item, own, childPath(path, key));
    const { additionalProperties } = schema;
    return typeof additionalProperties === 'object'
      ? validateListTypes(item, additionalProperties, keyPath(path, key))
      : [];
  });
}

function duplicates(list: unknown[], schema: JsonSchema, path: string): StatusCause[] {
  if (schema['x-kubernetes-list-type'] === 'set') {
    return repeated(list).map((i) => duplicate(indexPath(path, i), list[i]));
  }
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const wrong = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (wrong >= 0) {
    return [invalidValue(indexPath(path, wrong), list[wrong], 'must be an object for an array of list-type map')];
  }
  const keys = list.map((item) => keysOfItem(item, schema['x-kubernetes-list-map-keys'] ?? []));
  return repeated(keys).map((i) => duplicate(indexPath(path, i), keys[i]));
}

/** The fields that tell an item of a list apart, as far as it has them. */
export function keysOfItem(item: unknown, mapKeys: readonly string[]): Record<string, unknown> {
  const fields = isJsonObject(item) ? item : {};
  return Object.fromEntries(mapKeys.filter((key) => Object.hasOwn(fields, key)).map((key) => [key, fields[key]]));
}

/** Index of the second appearance of each item that appears more than once. */
function repeated(list: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  const found: number[] = [];
  for (const [i, item] of list.entries()) {
    const text = JSON.stringify(item);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    if (times === 2) found.push(i);
  }
  return found;
}
