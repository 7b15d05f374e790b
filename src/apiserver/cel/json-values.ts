// How does JSON become values of CEL? By its schema, or, where there is none, by what it is.

import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './library/time.ts';
import { escapeName, isWritable, withResourceFields } from './schema-types.ts';
import { CelError, CelObject, type CelValue, Duration, identify, Timestamp, Uint } from './values.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with the fields of a schema. Fields are converted when they are read. */
class SchemaObject extends CelObject {
  readonly typeName = 'object';
  readonly json: Json;
  readonly #schema: JsonSchema;

  constructor(json: Json, schema: JsonSchema) {
    super();
    this.json = json;
    this.#schema = schema;
  }

  override field(name: string): CelValue | undefined {
    const { properties = {} } = this.#schema;
    const [key, schema] =
      Object.hasOwn(properties, name) && isWritable(name)
        ? [name, properties[name]]
        : (Object.entries(properties).find(([property]) => escapeName(property) === name) ?? [name, undefined]);
    const value = Object.hasOwn(this.json, key) ? this.json[key] : undefined;
    // A null is an absent field, unless the schema allows it.
    if (value === undefined || (value === null && !schema?.nullable)) return undefined;
    return schema ? schemaValue(value, schema) : undefined;
  }

  override equals(other: CelObject): boolean {
    return other instanceof SchemaObject && jsonEqual(this.json, other.json);
  }

  override toJson(): unknown {
    return this.json;
  }
}

/** The value of a schema node. `isResource` as for its type. */
export function schemaValue(
  value: unknown,
  schema: JsonSchema,
  { isResource = schema['x-kubernetes-embedded-resource'] === true } = {},
): CelValue {
  if (value === null || value === undefined) return null;
  if (schema['x-kubernetes-int-or-string']) return plainValue(value);
  if (Array.isArray(value)) return listValue(value, schema);
  if (isObject(value)) {
    const { additionalProperties } = schema;
    if (typeof additionalProperties === 'object')
      return new Map(Object.entries(value).map(([key, item]) => [key, schemaValue(item, additionalProperties)]));
    if (schema.properties || isResource)
      return new SchemaObject(value, isResource ? withResourceFields(schema) : schema);
    return schema['x-kubernetes-preserve-unknown-fields'] ? plainValue(value) : new SchemaObject(value, schema);
  }
  if (typeof value === 'number') return schema.type === 'number' ? value : plainValue(value);
  return typeof value === 'string' ? textValue(value, schema.format) : plainValue(value);
}

function textValue(value: string, format: string | undefined): CelValue {
  switch (format) {
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'));
    case 'duration':
      return parseDuration(value);
    case 'date':
      return parseTimestamp(`${value}T00:00:00Z`);
    case 'date-time':
      return parseTimestamp(value);
    default:
      return value;
  }
}

function listValue(value: unknown[], schema: JsonSchema): CelValue {
  const { items = {} } = schema;
  const list = value.map((item) => schemaValue(item, items));
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'set') return identify(list, { keyOf: (item) => item, replaces: false });
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys) return list;
  const keyOf = (item: CelValue): CelValue =>
    keys.map((key) => (item instanceof CelObject ? (item.field(escapeName(key) ?? key) ?? null) : null));
  return identify(list, { keyOf, replaces: true });
}

/** JSON without a schema: whole numbers are ints, objects are maps. */
export function plainValue(value: unknown): CelValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (isObject(value)) return new Map(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
  throw new CelError(`a ${typeof value} has no value in CEL`);
}

/** A value as JSON, as cel-go writes it. Throws CelError for what has none. */
export function plainJson(value: CelValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof CelObject) return value.toJson();
  if (!(value instanceof Map)) throw new CelError('unsupported conversion to JSON');
  return Object.fromEntries(
    Array.from(value, ([key, item]) => {
      if (typeof key !== 'string') throw new CelError(`map key ${String(key)} is not a string`);
      return [key, plainJson(item)];
    }),
  );
}
