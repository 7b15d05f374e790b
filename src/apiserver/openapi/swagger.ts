// How does OpenAPI v2 describe all that is served? One document, of the same operations and schemas as those of v3.
// Custom resources lose what v2 can't say. Source: apiextensions-apiserver/pkg/controller/openapi/v2.

import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';
import { documentVersion } from '../version.ts';
import { reachable, refPrefix } from './components.ts';
import { type ApiOperation, type ApiPath, pathsOf } from './operations.ts';
import { type ApiParameter, parametersOf } from './parameters.ts';

const definitionPrefix = '#/definitions/';
const jsonTypes = ['application/json', 'application/yaml'];
const protobufType = 'application/vnd.kubernetes.protobuf';
const codeTexts: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** The document of all `entries`. */
export function swaggerDocument(entries: readonly CatalogueEntry[], schemas: Schemas): SwaggerDocument {
  const paths = entries.flatMap(({ definition, kind }) =>
    pathsOf(definition).map((path) => [path.path, pathItem(path, { kind, isBuiltIn: definition.isBuiltIn })] as const),
  );
  const custom = new Set(
    entries.filter(({ definition }) => definition.custom).map(({ definition }) => definition.schemaName),
  );
  const definitions = Object.entries(reachable(entries, schemas)).map(
    ([name, schema]) => [name, withDefinitions(custom.has(name) ? publishedSchema(schema) : schema)] as const,
  );
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: documentVersion },
    paths: Object.fromEntries(paths),
    definitions: Object.fromEntries<JsonSchema>(definitions),
    securityDefinitions: {
      BearerToken: {
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
        description: 'Bearer token, or a client certificate.',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

export interface SwaggerDocument {
  swagger: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, unknown>>;
  definitions: SchemaComponents;
  securityDefinitions: Record<string, Record<string, string>>;
  security: Record<string, string[]>[];
}

interface Served {
  kind: string;
  isBuiltIn: boolean;
}

function pathItem(path: ApiPath, served: Served): Record<string, unknown> {
  const { shared, ofOperation } = parametersOf(path, served.kind);
  return {
    ...Object.fromEntries(
      path.operations.map((operation) => [operation.method, rendered(operation, ofOperation(operation), served)]),
    ),
    ...(shared.length > 0 && { parameters: shared.map(parameter) }),
  };
}

function rendered(operation: ApiOperation, query: ApiParameter[], { isBuiltIn }: Served): unknown {
  const { id, tag, action, description, codes, gvk, body, isBodyOptional, patchTypes } = operation;
  const schema = operation.answer === undefined ? { type: 'string' } : reference(operation.answer);
  const answers = codes.map((code) => [code, { description: codeTexts[code], schema }]);
  const bodies = body === undefined ? [] : [bodyParameter(body, { isRequired: !isBodyOptional })];
  return {
    tags: [tag],
    description,
    operationId: id,
    consumes: patchTypes ?? (isBuiltIn ? ['*/*'] : jsonTypes),
    produces: producesOf(operation, isBuiltIn),
    schemes: ['https'],
    ...(bodies.length + query.length > 0 && { parameters: [...bodies, ...query.map(parameter)] }),
    responses: { ...Object.fromEntries(answers), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}

function producesOf({ answer, action, isStream }: ApiOperation, isBuiltIn: boolean): string[] {
  if (answer === undefined && action === 'connect') return ['*/*'];
  const own = isBuiltIn ? [...jsonTypes, protobufType] : jsonTypes;
  const types = answer === undefined ? ['text/plain', ...own] : own;
  if (!isStream) return types;
  return [
    ...types,
    ...['application/json', ...(isBuiltIn ? [protobufType] : [])].map((type) => `${type};stream=watch`),
  ];
}

function bodyParameter(schemaName: string, { isRequired }: { isRequired: boolean }): unknown {
  return { name: 'body', in: 'body', ...(isRequired && { required: true }), schema: reference(schemaName) };
}

function parameter(described: ApiParameter): unknown {
  return { ...described, uniqueItems: true };
}

function reference(schemaName: string): object {
  return { $ref: `${definitionPrefix}${schemaName}` };
}

/** References lead to where version 2 keeps its schemas. */
function withDefinitions(schema: JsonSchema): JsonSchema {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...($ref !== undefined && { $ref: $ref.replace(refPrefix, definitionPrefix) }),
    ...(properties && { properties: mapValues(properties, withDefinitions) }),
    ...(items && { items: withDefinitions(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? withDefinitions(additionalProperties) : additionalProperties,
    }),
  };
}

const gvkKey = 'x-kubernetes-group-version-kind';

/**
 * A custom resource's schema for clients of version 2. A root that takes any field names none: kubectl would refuse
 * all others. Source: apiextensions-apiserver pkg/controller/openapi, builder and v2.
 */
function publishedSchema(schema: JsonSchema): JsonSchema {
  if (!schema['x-kubernetes-preserve-unknown-fields']) return lessened(schema);
  return { type: 'object', ...(schema[gvkKey] !== undefined && { [gvkKey]: schema[gvkKey] }) };
}

/** Without defaults, what version 2 has no words for, and what kubectl can't cope with. What may be null may be anything. */
function lessened(schema: JsonSchema): JsonSchema {
  const { oneOf: _oneOf, anyOf: _anyOf, allOf: _allOf, not: _not, nullable, ...rest } = schema;
  const { properties, items, additionalProperties, type, required, default: _default, ...kept } = rest;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const hasParts = !nullable && !isOpen;
  const isUntyped =
    nullable ||
    schema['x-kubernetes-int-or-string'] === true ||
    (type === 'array' && !(items && hasParts)) ||
    (type === 'object' && isOpen);
  const named = hasParts ? properties : undefined;
  const needed = isNullable(additionalProperties) ? [] : required?.filter((name) => !isNullable(named?.[name]));
  return {
    ...kept,
    ...(!isUntyped && type !== undefined && { type }),
    ...(needed && needed.length > 0 && { required: needed }),
    ...(named && { properties: mapValues(named, lessened) }),
    ...(items && hasParts && { items: lessened(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? lessened(additionalProperties) : additionalProperties,
    }),
  };
}

function isNullable(schema: JsonSchema | boolean | undefined): boolean {
  return typeof schema === 'object' && schema.nullable === true;
}

function mapValues<T>(map: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
}
