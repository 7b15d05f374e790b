// Which fields does the schema know? All others go. Source: apiextensions-apiserver/pkg/apiserver/schema/pruning.

import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, indexPath } from '../paths.ts';
import { isJsonObject, type JsonObject } from './json.ts';

const metaFields = new Set(['apiVersion', 'kind', 'metadata']);

/** Removes from `value` what `schema` does not specify, in place. Paths of what went, sorted. Metadata of resources stays as it is. */
export function prune(value: unknown, schema: JsonSchema, { isResourceRoot }: { isResourceRoot: boolean }): string[] {
  const unknownFields: string[] = [];
  const root = isResourceRoot ? { ...schema, 'x-kubernetes-embedded-resource': true } : schema;
  visit(value, root, { path: '', unknownFields });
  return unknownFields.sort();
}

interface Place {
  path: string;
  /** Collects the paths of what goes. */
  unknownFields: string[];
}

function visit(value: unknown, schema: JsonSchema | undefined, { path, unknownFields }: Place): void {
  if (Array.isArray(value)) {
    const items = schema?.items;
    for (const [i, item] of value.entries()) {
      // Below a list that keeps unknown fields, objects without a schema of their own are kept whole.
      if (!items && keepsUnknown(schema)) continue;
      visit(item, items, { path: indexPath(path, i), unknownFields });
    }
    return;
  }
  if (isJsonObject(value)) visitObject(value, schema, { path, unknownFields });
}

function visitObject(value: JsonObject, schema: JsonSchema | undefined, { path, unknownFields }: Place): void {
  for (const key of Object.keys(value)) {
    if (schema?.['x-kubernetes-embedded-resource'] && metaFields.has(key)) continue;
    const known = schemaOfField(schema, key);
    if (known) {
      visit(value[key], known, { path: childPath(path, key), unknownFields });
    } else if (!keepsUnknown(schema) && schema?.additionalProperties !== true) {
      unknownFields.push(childPath(path, key));
      delete value[key];
    }
  }
}

function keepsUnknown(schema: JsonSchema | undefined): boolean {
  return schema?.['x-kubernetes-preserve-unknown-fields'] === true;
}

/** The schema of one field of an object: by its name, or as an entry of a map. */
export function schemaOfField(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  const own = schema?.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  if (own) return own;
  const { additionalProperties } = schema ?? {};
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
