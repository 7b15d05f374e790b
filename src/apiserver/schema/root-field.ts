// What is said of the fields that every object has? Its own schema need not name them.

import { ownField } from '../../apimachinery/json-fields.ts';
import type { JsonSchema } from '../../apis/definition.ts';

export const objectMetaSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

// The same ones for all: schemas are resolved once each.
const metadataRef: JsonSchema = { $ref: `#/components/schemas/${objectMetaSchema}` };
const text: JsonSchema = { type: 'string' };

/** The schema of a field of an object's root, whose schema has these properties. */
export function rootField(key: string, properties: JsonSchema['properties']): JsonSchema | undefined {
  if (key === 'metadata') return metadataRef;
  if (key === 'apiVersion' || key === 'kind') return text;
  return ownField(properties, key);
}
