// Which fields do upstream's objects have even if nobody set them? They count as present when it tells who added what.

import type { JsonSchema } from '../../apis/definition.ts';
import { goFieldsOf, goZero } from '../schema/go-types.ts';
import { objectMetaSchema } from '../schema/root-field.ts';
import type { Schemas } from '../schema/schemas.ts';

export type ZeroFields = ReadonlyMap<string, unknown>;

const metadataReference = `#/components/schemas/${objectMetaSchema}`;

/** The fields of a schema component that are always there, with their empty values. */
export function zeroFieldsOf(schemaName: string | undefined, { properties }: JsonSchema, schemas: Schemas): ZeroFields {
  const zeros = new Map<string, unknown>();
  for (const [name, field] of goFieldsOf(schemaName)) {
    const raw = properties?.[name];
    if (!field.isAlways || !raw) continue;
    const zero = goZero(raw, field, schemas);
    zeros.set(name, zero === 'struct' ? {} : zero === 'list' ? [] : zero);
  }
  if (isMetadata(properties?.['metadata'])) zeros.set('metadata', {});
  return zeros;
}

/** Does this schema stand for metadata, which every object and template has? */
function isMetadata(schema: JsonSchema | undefined): boolean {
  return (schema?.$ref ?? schema?.allOf?.[0]?.$ref) === metadataReference;
}
