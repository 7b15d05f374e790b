// What does Go's decoder make of a body of a built-in kind? Unknown fields are dropped and named, zeros that say nothing
// are dropped, what is always written is filled in, and the first thing that can't be read is named as it names it.

import { goKind } from '../../apimachinery/go-json.ts';
import { ownField, setField } from '../../apimachinery/json-fields.ts';
import { canonicalOf, QuantityError, thousandthsOf } from '../../apimachinery/quantity.ts';
import { noteEmpty } from '../../apimachinery/sent-empty.ts';
import { foundNumber, isGoInteger, plainNumbers, WrittenNumber } from '../../apimachinery/written-number.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { conversionProblem, integerOf } from './conversion-problem.ts';
import { base64Problem } from './go-base64.ts';
import { goFieldPath } from './go-embedded.ts';
import { canonicalTime, timeProblem } from './go-time.ts';
import { type GoField, goField, goFieldsOf, goNames, goTypeName, goZero } from './go-types.ts';
import { objectMetaSchema, rootField } from './root-field.ts';
import { refName, type Schemas } from './schemas.ts';

export interface Decoded {
  /** The value without unknown fields and nulls, with quantities and times in their canonical form. */
  value: unknown;
  /** Paths of the fields that were dropped: `spec.containers[0].foo`. */
  unknownFields: string[];
  /** Why it can't be read, in the decoder's words. */
  problem?: string;
}

interface DecodeOptions {
  schemas: Schemas;
  schemaName: string;
  /** Is it converted from what a strategic merge patch has made, not read from JSON? */
  isConverted?: boolean | undefined;
}

/** Reads `value` as the kind with the schema `schemaName`. `value` itself is not changed. */
export function decode(value: unknown, { schemas, schemaName, isConverted = false }: DecodeOptions): Decoded {
  const decoder = new Decoder(schemas, isConverted);
  const struct = shortName(schemaName);
  const decoded = decoder.read(value, schemas.named(schemaName), { path: '', field: '', struct, name: schemaName });
  const problem = decoder.stop ?? decoder.mismatch;
  return { value: decoded, unknownFields: decoder.unknownFields, ...(problem !== undefined && { problem }) };
}

/** Reads the metadata of an object whose kind Go has no type for. */
export function decodeMetadata(value: unknown, schemas: Schemas): Decoded {
  const decoder = new Decoder(schemas, false);
  const place = { path: 'metadata', field: '', struct: 'ObjectMeta', name: objectMetaSchema };
  const metadata = value === null ? undefined : decoder.read(value, schemas.named(objectMetaSchema), place);
  const problem = decoder.stop ?? decoder.mismatch;
  return { value: metadata, unknownFields: decoder.unknownFields, ...(problem !== undefined && { problem }) };
}

interface Place {
  /** `spec.containers[0].image`. */
  path: string;
  /** The same as the decoder has it, without indexes and keys: `spec.containers.image`. */
  field: string;
  /** The type that has the field: `Container`. */
  struct: string;
  /** The name of the whole kind's schema, at its root. */
  name?: string;
  go?: GoField;
}

class Decoder {
  readonly unknownFields: string[] = [];
  /** A wrong type: the decoder goes on, and tells of the first. */
  mismatch: string | undefined;
  /** A text that is no quantity or time: the decoder stops. */
  stop: string | undefined;
  readonly #schemas: Schemas;
  readonly #isConverted: boolean;

  constructor(schemas: Schemas, isConverted: boolean) {
    this.#schemas = schemas;
    this.#isConverted = isConverted;
  }

  /** The value as its schema has it; undefined if it is none. */
  read(value: unknown, raw: JsonSchema, place: Place): unknown {
    const name = refName(raw) ?? place.name;
    if (name === goNames.quantity) return this.#quantity(value);
    if (name === goNames.time || name === goNames.microTime) return this.#time(value, name === goNames.microTime);
    if (name === goNames.intOrString) return this.#intOrString(value, place);
    if (name === goNames.rawExtension) return this.#anything(value);
    if (name?.startsWith(goNames.jsonSchemaOr)) return this.#schemaOr(value, place);
    const schema = this.#schemas.resolve(raw);
    switch (schema.type) {
      case 'object':
        return isObject(value) ? this.#object(value, schema, withName(place, name)) : this.#wrong(value, raw, place);
      case 'array':
        if (!Array.isArray(value)) return this.#wrong(value, raw, place);
        return value.map((item, index) => this.#item(item, schema.items, { place, at: `${place.path}[${index}]` }));
      case 'string':
        if (typeof value === 'string' && schema.format === 'byte') this.#requireBase64(value);
        return typeof value === schema.type ? value : this.#wrong(value, raw, place);
      case 'boolean':
        return typeof value === schema.type ? value : this.#wrong(value, raw, place);
      case 'number':
        return isNumber(value) && Number.isFinite(Number(value)) ? Number(value) : this.#wrong(value, raw, place);
      case 'integer':
        return integerOf(value, schema, this.#isConverted) ?? this.#wrong(value, raw, place);
      default:
        return this.#anything(value);
    }
  }

  #object(value: Record<string, unknown>, schema: JsonSchema, place: Place): Record<string, unknown> {
    const { additionalProperties, properties = place.name === goNames.subresourceStatus ? {} : undefined } = schema;
    if (!properties) {
      if (typeof additionalProperties !== 'object') return this.#anything(value) as Record<string, unknown>;
      return this.#map(value, additionalProperties, place);
    }
    const { name } = place;
    const isRoot = place.path === '';
    const struct = name ? shortName(name) : place.struct;
    const fields = goFieldsOf(name);
    const read: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const path = isRoot ? key : `${place.path}.${key}`;
      const raw = isRoot ? rootField(key, properties) : ownField(properties, key);
      const item = value[key];
      if (!raw) this.unknownFields.push(path);
      else if (item !== null) {
        // Only an object's own list of owners can be emptied, those of templates have none.
        const go = key === 'managedFields' && place.path !== 'metadata' ? plainItem : goField(fields, key);
        const own = goFieldPath(name, key);
        const result = this.read(item, raw, { path, field: place.field ? `${place.field}.${own}` : own, struct, go });
        if (result === undefined) continue;
        if (!saysNothing(result, raw, go)) setField(read, key, result);
        else if (typeof result === 'object') noteEmpty(read, key, result);
      }
    }
    this.#fill(read, properties, { fields, isRoot });
    return read;
  }

  #map(value: Record<string, unknown>, raw: JsonSchema, place: Place): Record<string, unknown> {
    // The defaults of all kinds with such a list round it, but for that of runtime classes.
    const isList = refName(raw) === goNames.quantity && place.struct !== 'Overhead';
    const read: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = value[key];
      // Conversion does not tell in which entry it is.
      const at = this.#isConverted ? place.path : `${place.path}.${key}`;
      const result =
        isList && item !== null ? this.#quantity(item, { isInList: true }) : this.#item(item, raw, { place, at });
      if (result !== undefined) setField(read, key, result);
    }
    return read;
  }

  /** A schema, a list of schemas, or what may stand in place of one. What a schema here has too much is dropped in silence. */
  #schemaOr(value: unknown, place: Place): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#schemaOr(item, place));
    if (!isObject(value)) return this.#anything(value);
    const told = this.unknownFields.length;
    const schema = this.read(value, { $ref: `#/components/schemas/${goNames.jsonSchema}` }, place);
    this.unknownFields.length = told;
    return schema;
  }

  /** An item of a list or a map, where null is a zero. */
  #item(value: unknown, raw: JsonSchema = {}, { place, at }: { place: Place; at: string }): unknown {
    const { field, struct } = place;
    const go = itemOf(place.go);
    if (value !== null) return this.read(value, raw, { path: at, field, struct, go });
    const zero = goZero(raw, go, this.#schemas);
    if (zero === 'list') return [];
    // No bytes are stored as an empty text.
    if (this.#schemas.resolve(raw).format === 'byte') return '';
    return zero === 'struct' ? this.read({}, raw, { path: at, field, struct }) : (zero ?? undefined);
  }

  #fill(
    read: Record<string, unknown>,
    properties: NonNullable<JsonSchema['properties']>,
    { fields, isRoot }: { fields: ReadonlyMap<string, GoField>; isRoot: boolean },
  ): void {
    // Templates have metadata as objects have.
    const { metadata } = properties;
    if (!isRoot && metadata && refName(metadata) === objectMetaSchema) read['metadata'] ??= {};
    for (const [key, go] of fields) {
      if (!go.isAlways || ownField(read, key) !== undefined) continue;
      const raw = ownField(properties, key);
      if (!raw) continue;
      const zero = goZero(raw, go, this.#schemas);
      // What upstream writes as null is left out, lists are empty: who reads them need not think of null.
      if (zero === null) continue;
      if (zero === 'list') read[key] = [];
      else read[key] = zero === 'struct' ? this.read({}, raw, { path: key, field: key, struct: '' }) : zero;
    }
  }

  #quantity(value: unknown, { isInList = false } = {}): string | undefined {
    try {
      const text = typeof value === 'string' ? value.trim() : isNumber(value) ? textOf(value) : '?';
      return isInList ? thousandthsOf(text) : canonicalOf(text);
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      this.stop ??= error.message;
      return undefined;
    }
  }

  #time(value: unknown, isMicro: boolean): string | undefined {
    const problem =
      typeof value === 'string'
        ? timeProblem(value, isMicro)
        : `json: cannot unmarshal ${goKind(value)} into Go value of type string`;
    if (problem === undefined) return canonicalTime(value as string, isMicro);
    this.stop ??= problem;
    return undefined;
  }

  #intOrString(value: unknown, { field, struct }: Place): string | number | undefined {
    if (typeof value === 'string') return value;
    if (isGoInteger(value, 32)) return Number(value);
    const into = this.#isConverted ? 'value' : `struct field ${struct}.${field}`;
    this.stop ??= `json: cannot unmarshal ${foundType(value)} into Go ${into} of type int32`;
    return undefined;
  }

  /** JSON of any kind. */
  #anything(value: unknown): unknown {
    const { value: plain, tooLarge } = plainNumbers(value);
    if (tooLarge !== undefined) this.stop ??= `json: cannot unmarshal number ${tooLarge} into Go value of type float64`;
    return plain;
  }

  #requireBase64(value: string): void {
    const problem = base64Problem(value);
    if (problem !== undefined) this.stop ??= this.#isConverted ? `error decoding from json: ${problem}` : problem;
  }

  #wrong(value: unknown, raw: JsonSchema, { field, struct, go }: Place): undefined {
    const type = goTypeName(raw, go);
    if (this.#isConverted) {
      this.mismatch ??= conversionProblem(value, this.#schemas.resolve(raw), type);
      return undefined;
    }
    const found = /^(?:int|float)/.test(type) ? foundType(value) : goKind(value);
    const into = field === '' ? `value of type ${type}` : `struct field ${struct}.${field} of type ${type}`;
    this.mismatch ??= `json: cannot unmarshal ${found} into Go ${into}`;
    return undefined;
  }
}

function withName(place: Place, name: string | undefined): Place {
  if (name === undefined) return place;
  const { path, field, struct, go } = place;
  return go ? { path, field, struct, name, go } : { path, field, struct, name };
}

const plainItem: GoField = { isPointer: false, isAlways: true };
const items = new WeakMap<GoField, GoField>();

/** What Go's types say of an item of a list or a map. */
function itemOf(list: GoField | undefined): GoField {
  if (!list?.type) return plainItem;
  let item = items.get(list);
  if (!item) {
    const type = list.type.replace(/^(?:\[\]|map\[[\w.]+\])/, '');
    item = type && type !== list.type ? { ...plainItem, type } : plainItem;
    items.set(list, item);
  }
  return item;
}

/** Is it the zero of a field for which that is as good as nothing? */
function saysNothing(value: unknown, raw: JsonSchema, { isPointer, isAlways }: GoField): boolean {
  const name = refName(raw);
  // A count or text, and JSON of any kind, are pointers or structs: neither is ever empty.
  if (isPointer || name === goNames.intOrString || name === goNames.rawExtension) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return raw.additionalProperties !== undefined && Object.keys(value).length === 0;
  return !isAlways && (value === '' || value === 0 || value === false);
}

/** A number that does not fit is named. */
function foundType(value: unknown): string {
  return isNumber(value) ? foundNumber(value) : goKind(value);
}

function isNumber(value: unknown): value is number | WrittenNumber {
  return typeof value === 'number' || value instanceof WrittenNumber;
}

function textOf(value: number | WrittenNumber): string | number {
  return typeof value === 'number' ? value : value.text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
}

function shortName(schemaName: string): string {
  return schemaName.slice(schemaName.lastIndexOf('.') + 1);
}
