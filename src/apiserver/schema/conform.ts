// Does a body have the shape of its kind? Go's decoder says so of built-in kinds, the schema's rules of all others.

import { invalidValue, notSupported, required, typeInvalid } from '../../apimachinery/field-error.ts';
import { ownField, setField } from '../../apimachinery/json-fields.ts';
import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { type Decoded, decode } from './decode.ts';
import { rootField } from './root-field.ts';
import { refName, type Schemas } from './schemas.ts';

const quantitySchema = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

export interface Conformed {
  /** The value without unknown fields and nulls, with quantities in their canonical form. */
  value: unknown;
  /** Paths of the fields that were dropped: `spec.containers[0].foo`. */
  unknownFields: string[];
  /** Why it is no object of its kind, in the words of Go's decoder. Only of built-in kinds. */
  problem?: string;
  /** Wrong JSON types, and other broken rules of the schema: required, enum, bounds. Only of custom resources. */
  typeErrors: StatusCause[];
  violations: StatusCause[];
}

interface WrongType {
  path: string;
  /** What was found, in the words of JSON: `string`, `number`, … */
  found: string;
  wanted: string;
  value: unknown;
}

export interface ConformOptions {
  schemas: Schemas;
  schemaName: string;
  /** Custom resources: schema defaults are filled in and the schema's rules checked. */
  isCustom: boolean;
  /** Of built-in kinds: in which words a problem is told. */
  isConverted?: boolean | undefined;
}

/** Fits `value` to the schema of its kind. `value` itself is not changed. */
export function conform(value: unknown, { schemas, schemaName, isCustom, isConverted }: ConformOptions): Conformed {
  if (!isCustom) return conformed(decode(value, { schemas, schemaName, isConverted }));
  const walk = new Walk(schemas);
  const fitted = walk.fit(value, schemas.named(schemaName), { path: '', isRoot: true });
  const { unknownFields, typeErrors, violations } = walk;
  return { value: fitted, unknownFields, typeErrors: typeErrors.map(typeViolation), violations };
}

/** Written out: of a spread that is added to, V8 makes slow objects of ever new shapes. */
function conformed({ value, unknownFields, problem }: Decoded): Conformed {
  const fitted: Conformed = { value, unknownFields, typeErrors: [], violations: [] };
  if (problem !== undefined) fitted.problem = problem;
  return fitted;
}

interface Place {
  path: string;
  isRoot?: boolean;
}

class Walk {
  readonly unknownFields: string[] = [];
  readonly typeErrors: WrongType[] = [];
  readonly violations: StatusCause[] = [];
  readonly #schemas: Schemas;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  fit(value: unknown, raw: JsonSchema, place: Place): unknown {
    if (refName(raw) === quantitySchema && (typeof value === 'string' || typeof value === 'number'))
      return canonicalQuantity(value);
    const schema = this.#schemas.resolve(raw);
    if (!this.#hasType(value, schema, place)) return undefined;
    this.#checkRules(value, schema, place.path);
    if (Array.isArray(value)) {
      return schema.items
        ? value.map((item: unknown, i) => this.fit(item, schema.items as JsonSchema, { path: `${place.path}[${i}]` }))
        : value;
    }
    if (isObject(value)) return this.#fitObject(value, schema, place);
    return value;
  }

  #fitObject(value: Record<string, unknown>, schema: JsonSchema, { path, isRoot }: Place): Record<string, unknown> {
    const { properties, additionalProperties } = schema;
    const keepsUnknown =
      schema['x-kubernetes-preserve-unknown-fields'] === true ||
      additionalProperties === true ||
      (!properties && !additionalProperties);
    const fitted: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const at = path === '' ? key : `${path}.${key}`;
      const item = value[key];
      const itemSchema = isRoot
        ? rootField(key, properties)
        : (ownField(properties, key) ?? schemaOfMap(additionalProperties));
      if (!itemSchema) {
        if (keepsUnknown) setField(fitted, key, item);
        else this.unknownFields.push(at);
        continue;
      }
      // Go's decoder reads null as absent.
      if (item === null && !itemSchema.nullable) continue;
      const result = this.fit(item, itemSchema, { path: at });
      if (result !== undefined) setField(fitted, key, result);
    }
    this.#fillDefaults(fitted, properties);
    return fitted;
  }

  #fillDefaults(value: Record<string, unknown>, properties: JsonSchema['properties']): void {
    for (const [key, schema] of Object.entries(properties ?? {})) {
      if (schema.default !== undefined && ownField(value, key) === undefined)
        setField(value, key, structuredClone(schema.default));
    }
  }

  #hasType(value: unknown, schema: JsonSchema, { path }: Place): boolean {
    const found = jsonTypeOf(value);
    const wanted = schema.type;
    if (wanted === undefined || (value === null && schema.nullable)) return true;
    const isIntOrString = schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string';
    const fits =
      wanted === found ||
      (wanted === 'integer' && Number.isInteger(value)) ||
      (isIntOrString && (found === 'string' || Number.isInteger(value)));
    if (!fits) this.typeErrors.push({ path, found, wanted, value });
    return fits;
  }

  #checkRules(value: unknown, schema: JsonSchema, path: string): void {
    const report = (cause: StatusCause): number => this.violations.push(cause);
    if (schema.enum && !schema.enum.includes(value)) report(notSupported(path, value, schema.enum.map(String)));
    if (typeof value === 'number') {
      const { minimum, maximum } = schema;
      if (minimum !== undefined && value < minimum)
        report(outOfBounds(path, value, `greater than or equal to ${minimum}`));
      if (maximum !== undefined && value > maximum)
        report(outOfBounds(path, value, `less than or equal to ${maximum}`));
    }
    if (typeof value === 'string') {
      const { minLength, maxLength, pattern } = schema;
      if (minLength !== undefined && value.length < minLength)
        report(outOfBounds(path, value, `at least ${minLength} chars long`));
      if (maxLength !== undefined && value.length > maxLength)
        report(outOfBounds(path, value, `at most ${maxLength} chars long`));
      if (pattern !== undefined && !new RegExp(pattern).test(value)) {
        report(invalidValue(path, value, `${path} in body should match '${pattern}'`));
      }
    }
    if (!isObject(value)) return;
    for (const key of schema.required ?? []) {
      if ((ownField(value, key) ?? null) === null) report(required(path === '' ? key : `${path}.${key}`));
    }
  }
}

function schemaOfMap(additionalProperties: JsonSchema['additionalProperties']): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function outOfBounds(path: string, value: unknown, bound: string): StatusCause {
  return invalidValue(path, value, `${path} in body should be ${bound}`);
}

function typeViolation({ path, found, wanted, value }: WrongType): StatusCause {
  return typeInvalid(
    path,
    found === 'object' || found === 'array' ? found : value,
    `${path} in body must be of type ${wanted}: "${found}"`,
  );
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
