// Which values does the schema fill in? Source: apiextensions-apiserver/pkg/apiserver/schema/defaulting.

import { setField } from '../../../apimachinery/json-fields.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { isJsonObject } from './json.ts';
import { schemaOfField } from './prune.ts';

/** Drops nulls where the schema allows none and fills in defaults, in place. A second run changes nothing. */
export function applyDefaults(value: unknown, schema: JsonSchema): void {
  dropNulls(value, schema);
  fillInDefaults(value, schema);
}

/** Does any part of the schema have a default? */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true;
  const { items, properties = {}, additionalProperties } = schema;
  if (items && hasDefaults(items)) return true;
  if (typeof additionalProperties === 'object' && hasDefaults(additionalProperties)) return true;
  return Object.values(properties).some(hasDefaults);
}

/** A null where none is allowed stands for an absent value, unless a default will replace it. In place. */
export function dropNulls(value: unknown, schema: JsonSchema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const key of Object.keys(value)) {
    const known = schemaOfField(schema, key);
    if (isForbiddenNull(value[key], known) && known?.default === undefined) delete value[key];
    else dropNulls(value[key], known);
  }
}

/** Fills in defaults, also where a null stands in place of one. In place. */
export function fillInDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (isForbiddenNull(item, schema.items) && schema.items?.default !== undefined)
        value[i] = cloneJson(schema.items.default);
      fillInDefaults(value[i], schema.items);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (!Object.hasOwn(value, key) || isForbiddenNull(value[key], property))
      setField(value, key, cloneJson(property.default));
  }
  for (const key of Object.keys(value)) {
    const known = schemaOfField(schema, key);
    if (isForbiddenNull(value[key], known) && known?.default !== undefined)
      setField(value, key, cloneJson(known.default));
    fillInDefaults(value[key], known);
  }
}

function isForbiddenNull(value: unknown, schema: JsonSchema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}
