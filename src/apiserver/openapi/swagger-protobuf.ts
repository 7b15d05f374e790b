// How does an OpenAPI v2 document look in protobuf? kubectl asks for nothing else.
// Source: the messages of gnostic's openapiv2/OpenAPIv2.proto, whose numbers these are.

import { FieldWriter } from '../../apimachinery/protobuf/wire.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import type { SwaggerDocument } from './swagger.ts';

type Json = Record<string, unknown>;

/** The bytes of a Document. */
export function encodeSwagger(document: SwaggerDocument): Uint8Array {
  const { swagger, info, paths, definitions, securityDefinitions, security } = document;
  const writer = new FieldWriter().bytes(1, swagger);
  writer.bytes(2, new FieldWriter().bytes(1, info.title).bytes(2, info.version).finish());
  writer.bytes(8, named(2, paths, pathItem));
  writer.bytes(9, named(1, definitions, schemaBytes));
  for (const requirement of security)
    writer.bytes(
      12,
      named(1, requirement, (scopes) => strings(1, scopes).finish()),
    );
  writer.bytes(
    13,
    named(1, securityDefinitions, (definition) => one(2, texts(definition, ['type', 'name', 'in', 'description']))),
  );
  return writer.finish();
}

/** A map, in the order of its keys, as the repeated field `number` of names and values. */
function named<T>(number: number, map: Record<string, T>, encode: (value: T) => Uint8Array): Uint8Array {
  const writer = new FieldWriter();
  for (const [name, value] of Object.entries(map))
    writer.bytes(number, new FieldWriter().bytes(1, name).bytes(2, encode(value)).finish());
  return writer.finish();
}

/** A message of which only the field `number` is set. */
function one(number: number, bytes: Uint8Array): Uint8Array {
  return new FieldWriter().bytes(number, bytes).finish();
}

/** Texts under the numbers 1, 2, …; those that are absent are left out. */
function texts(object: Json, fields: readonly string[]): Uint8Array {
  const writer = new FieldWriter();
  for (const [index, field] of fields.entries()) {
    const value = object[field];
    if (typeof value === 'string') writer.bytes(index + 1, value);
  }
  return writer.finish();
}

function strings(number: number, values: readonly string[], writer = new FieldWriter()): FieldWriter {
  for (const value of values) writer.bytes(number, value);
  return writer;
}

const methods: Record<string, number> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 };

function pathItem(item: Json): Uint8Array {
  const writer = new FieldWriter();
  for (const [method, number] of Object.entries(methods)) {
    const operation = item[method];
    if (operation) writer.bytes(number, operationBytes(operation as Json));
  }
  for (const each of (item['parameters'] ?? []) as Json[]) writer.bytes(9, parameterBytes(each));
  return writer.finish();
}

function operationBytes(operation: Json): Uint8Array {
  const list = (field: string): string[] => operation[field] as string[];
  const writer = strings(1, list('tags')).bytes(3, operation['description'] as string);
  writer.bytes(5, operation['operationId'] as string);
  strings(6, list('produces'), writer);
  strings(7, list('consumes'), writer);
  for (const each of (operation['parameters'] ?? []) as Json[]) writer.bytes(8, parameterBytes(each));
  writer.bytes(
    9,
    named(1, operation['responses'] as Record<string, Json>, (response) => one(1, responseBytes(response))),
  );
  strings(10, list('schemes'), writer);
  return extensions(13, operation, writer).finish();
}

function responseBytes({ description, schema }: { description?: string; schema?: JsonSchema }): Uint8Array {
  const writer = new FieldWriter().bytes(1, description ?? '');
  if (schema) writer.bytes(2, one(1, schemaBytes(schema)));
  return writer.finish();
}

/** A ParametersItem: a Parameter, in a body or in path or query. */
function parameterBytes(parameter: Json): Uint8Array {
  const { in: place, name, description, required, schema, type } = parameter as Record<string, string>;
  if (place === 'body') {
    const body = new FieldWriter().bytes(2, name ?? '').bytes(3, place);
    if (required) body.integer(4, 1);
    body.bytes(5, schemaBytes(schema as unknown as JsonSchema));
    return one(1, one(1, body.finish()));
  }
  const writer = new FieldWriter();
  if (required) writer.integer(1, 1);
  writer
    .bytes(2, place ?? '')
    .bytes(3, description ?? '')
    .bytes(4, name ?? '');
  const isPath = place === 'path';
  writer.bytes(isPath ? 5 : 6, type ?? '').integer(isPath ? 19 : 20, 1);
  return one(1, one(2, one(isPath ? 4 : 3, writer.finish())));
}

const schemaTexts = { $ref: 1, format: 2, title: 3, description: 4, pattern: 13 } as const;
const schemaDoubles = { multipleOf: 6, maximum: 7, minimum: 9 } as const;
const schemaBooleans = { exclusiveMaximum: 8, exclusiveMinimum: 10 } as const;
const schemaCounts = {
  maxLength: 11,
  minLength: 12,
  maxItems: 14,
  minItems: 15,
  maxProperties: 17,
  minProperties: 18,
} as const;

function schemaBytes(schema: JsonSchema): Uint8Array {
  const writer = new FieldWriter();
  const each = <K extends keyof JsonSchema>(
    numbers: Record<K, number>,
    write: (number: number, value: never) => void,
  ): void => {
    for (const [field, number] of Object.entries(numbers) as [K, number][])
      if (schema[field] !== undefined) write(number, schema[field] as never);
  };
  each(schemaTexts, (number, value: string) => writer.bytes(number, value));
  if (schema.default !== undefined) writer.bytes(5, any(schema.default));
  each(schemaDoubles, (number, value: number) => writer.double(number, value));
  each(schemaBooleans, (number, value: boolean) => writer.integer(number, value ? 1 : 0));
  each(schemaCounts, (number, value: number) => writer.integer(number, value));
  strings(19, schema.required ?? [], writer);
  for (const value of schema.enum ?? []) writer.bytes(20, any(value));
  const { additionalProperties, type, items, allOf, properties } = schema;
  if (typeof additionalProperties === 'object') writer.bytes(21, one(1, schemaBytes(additionalProperties)));
  else if (additionalProperties !== undefined)
    writer.bytes(21, new FieldWriter().integer(2, additionalProperties ? 1 : 0).finish());
  if (type !== undefined) writer.bytes(22, one(1, Buffer.from(type)));
  if (items) writer.bytes(23, one(1, schemaBytes(items)));
  for (const part of allOf ?? []) writer.bytes(24, schemaBytes(part));
  if (properties) writer.bytes(25, named(1, properties, schemaBytes));
  return extensions(31, schema as Json, writer).finish();
}

/** The fields `x-…`, as the repeated field `number`. */
function extensions(number: number, object: Json, writer: FieldWriter): FieldWriter {
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith('x-') || value === undefined) continue;
    writer.bytes(number, new FieldWriter().bytes(1, name).bytes(2, any(value)).finish());
  }
  return writer;
}

/** A value of any type: its text in YAML, of which JSON is a part. */
function any(value: unknown): Uint8Array {
  return new FieldWriter().bytes(2, `${JSON.stringify(value)}\n`).finish();
}
