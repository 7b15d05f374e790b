// Does protobuf carry every field that is served? A field without a number would be lost on the wire.

import { expect, test } from 'vitest';
import { type FieldShape, messageOf, messageTable } from '../apimachinery/protobuf/messages.ts';
import { builtinResources, builtinSchemas } from './builtin.ts';
import type { JsonSchema } from './definition.ts';

const upstreamKinds = builtinResources
  .filter(({ isBuiltIn }) => isBuiltIn)
  .map(({ resource, schemaName }) => ({
    kind: resource.kind,
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    schemaName,
  }));

test.each(upstreamKinds)(
  '$apiVersion $kind -> every field of the schema has a number',
  ({ apiVersion, kind, schemaName }) => {
    const message = messageOf(apiVersion, kind);
    expect(message).toBeDefined();
    expect(missingFields(schemaName, message ?? '', new Set())).toEqual([]);
  },
);

/** `core.v1.PodSpec.newField` for each property that the message lacks. */
function missingFields(schemaName: string, message: string, seen: Set<string>): string[] {
  if (seen.has(message)) return [];
  seen.add(message);
  const own = new Map(fieldsOf(message).map((field) => [field.name, field]));
  const missing: string[] = [];
  for (const [name, schema] of Object.entries(builtinSchemas()[schemaName]?.properties ?? {})) {
    if (name === 'apiVersion' || name === 'kind') continue;
    const field = own.get(name);
    if (!field) missing.push(`${message}.${name}`);
    const inner = referenceOf(schema);
    const innerMessage = field?.value?.message ?? field?.message;
    if (inner && innerMessage) missing.push(...missingFields(inner, innerMessage, seen));
  }
  return missing;
}

/** The fields of a message and of those that stand in its place. */
function fieldsOf(message: string): FieldShape[] {
  const fields = Object.values(messageTable()[message] ?? {});
  return fields.flatMap((field) => (field.isInline ? fieldsOf(field.message ?? '') : [field]));
}

function referenceOf(schema: JsonSchema): string | undefined {
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref ?? schema.items?.$ref ?? values?.$ref;
  return ref?.slice('#/components/schemas/'.length);
}
