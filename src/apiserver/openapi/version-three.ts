// How does OpenAPI v3 show a schema? A reference stands alone, what Go writes for a field that nobody has set is its
// default, and a value of two types has both. Source: kube-openapi pkg/generators, pkg/openapiconv.

import type { JsonSchema } from '../../apis/definition.ts';
import { type GoField, goField, goFieldsOf, goNames } from '../schema/go-types.ts';
import { refName } from '../schema/schemas.ts';

const item: GoField = { isPointer: false, isAlways: true };
const plain: GoField = { isPointer: false, isAlways: false };
/** Types whose zero is written in no default. */
const whole: ReadonlySet<string> = new Set([
  goNames.time,
  goNames.microTime,
  goNames.quantity,
  goNames.intOrString,
  goNames.rawExtension,
]);
/** What holds any JSON, or one thing of several kinds. */
const json = /\.JSON(?:SchemaPropsOr\w+)?$/;
const metadata = /\.meta\.v1\.(?:ObjectMeta|ListMeta)$/;
const zeros: Partial<Record<NonNullable<JsonSchema['type']>, unknown>> = {
  string: '',
  integer: 0,
  number: 0,
  boolean: false,
};
const choices: Record<string, JsonSchema[]> = {
  [goNames.quantity]: [{ type: 'string' }, { type: 'number' }],
  [goNames.intOrString]: [{ type: 'integer' }, { type: 'string' }],
};

/** The component `name` of upstream's kinds. */
export function componentOf(name: string, schema: JsonSchema): JsonSchema {
  const choice = choices[name];
  if (!choice) return shown(schema, goFieldsOf(name), plain);
  const { type: _type, ...rest } = schema;
  return { ...rest, oneOf: choice };
}

function shown(schema: JsonSchema, fields: ReadonlyMap<string, GoField>, own: GoField): JsonSchema {
  const zero = own.isAlways && !own.isPointer && schema.default === undefined ? zeroOf(schema) : undefined;
  return asWhole(zero === undefined ? schema : { ...schema, default: zero }, (part, name) =>
    shown(part, none, name === undefined ? item : memberOf(part, goField(fields, name))),
  );
}

/** Metadata is always written, even where nothing says so. */
function memberOf(schema: JsonSchema, field: GoField): GoField {
  return refName(schema)?.match(metadata) ? item : field;
}

/** A component that a client defines: it has the defaults that it says, and no others. */
export function customComponentOf(schema: JsonSchema): JsonSchema {
  const isEither = schema['x-kubernetes-int-or-string'] === true && !schema.anyOf && !schema.allOf;
  return asWhole(isEither ? { ...schema, anyOf: [{ type: 'integer' }, { type: 'string' }] } : schema, (part) =>
    customComponentOf(part),
  );
}

/** The schema with its parts as `show` has them; what is said beside a reference goes around it. */
function asWhole(schema: JsonSchema, show: (part: JsonSchema, name?: string) => JsonSchema): JsonSchema {
  const { $ref, properties, items, additionalProperties, ...rest } = schema;
  if ($ref !== undefined) return Object.keys(rest).length === 0 ? schema : { ...rest, allOf: [{ $ref }] };
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, show(inner, name)])),
    }),
    ...(items && { items: show(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? show(additionalProperties) : additionalProperties,
    }),
  };
}

const none: ReadonlyMap<string, GoField> = new Map();

function zeroOf(schema: JsonSchema): unknown {
  const name = refName(schema);
  if (name !== undefined) return whole.has(name) || json.test(name) ? undefined : {};
  return schema.format === 'byte' || schema.type === undefined ? undefined : zeros[schema.type];
}
