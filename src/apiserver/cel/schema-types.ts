// Which types do the values of a schema have in CEL? Source: k8s.io/apiserver/pkg/cel/common/schemas.go.

import type { JsonSchema } from '../../apis/definition.ts';
import type { CelType } from './types.ts';

const requestBytesMax = 3 * 1024 * 1024;
const reserved = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** The name of a property in expressions; undefined if it can't be written. */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(
    /__|[./-]/g,
    (part) => ({ __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' })[part] ?? part,
  );
}

/** Can an expression name the property as it is? */
export function isWritable(name: string): boolean {
  return reserved.has(name) || escapeName(name) === name;
}

interface Sized {
  type: CelType;
  /** Bytes of the shortest JSON of such a value. */
  minBytes: number;
}

const stringSizes: Record<string, { kind: 'bytes' | 'duration' | 'timestamp'; minBytes: number; max: number }> = {
  byte: { kind: 'bytes', minBytes: 2, max: requestBytesMax - 2 },
  duration: { kind: 'duration', minBytes: 3, max: 32 },
  date: { kind: 'timestamp', minBytes: 12, max: 12 },
  'date-time': { kind: 'timestamp', minBytes: 21, max: 35 },
};

/** The type of a schema node; undefined where CEL can't see the value. `isResource`: with kind, apiVersion and the names of metadata. */
export function typeOfSchema(schema: JsonSchema, { isResource }: { isResource: boolean }): CelType | undefined {
  return sized(schema, isResource)?.type;
}

/** How often a value of this schema could stand in one request, if nothing else bounds it. */
export function cardinalityOf(schema: JsonSchema, { isResource }: { isResource: boolean }): number {
  return Math.floor(requestBytesMax / ((sized(schema, isResource)?.minBytes ?? 0) + 1));
}

function sized(schema: JsonSchema, isResource: boolean): Sized | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    const max = schema.maxLength === undefined ? requestBytesMax - 2 : schema.maxLength * 4;
    return { type: { kind: 'dyn', sizeMax: max }, minBytes: 1 };
  }
  const own = isResource ? withResourceFields(schema) : schema;
  switch (own.type) {
    case 'array':
      return own.items && sizedList(own, own.items);
    case 'object':
      return typeof own.additionalProperties === 'object' ? sizedMap(own, own.additionalProperties) : sizedObject(own);
    case 'string':
      return sizedString(own);
    case 'boolean':
      return { type: { kind: 'bool' }, minBytes: 4 };
    case 'number':
      return { type: { kind: 'double' }, minBytes: 1 };
    case 'integer':
      return { type: { kind: 'int' }, minBytes: 1 };
    default:
      return undefined;
  }
}

const isEmbedded = (schema: JsonSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;

function sizedList({ maxItems }: JsonSchema, items: JsonSchema): Sized | undefined {
  const elem = sized(items, isEmbedded(items));
  if (!elem) return undefined;
  const max = maxItems ?? Math.floor((requestBytesMax - 2) / (elem.minBytes + 1));
  return { type: { kind: 'list', elem: elem.type, sizeMax: max }, minBytes: 2 };
}

function sizedMap({ maxProperties }: JsonSchema, values: JsonSchema): Sized | undefined {
  const value = sized(values, isEmbedded(values));
  if (!value) return undefined;
  const max = maxProperties ?? Math.floor((requestBytesMax - 2) / (value.minBytes + 6));
  return { type: { kind: 'map', key: { kind: 'string' }, value: value.type, sizeMax: max }, minBytes: 2 };
}

function sizedObject({ properties = {}, required = [] }: JsonSchema): Sized {
  const fields = new Map<string, CelType>();
  let minBytes = 2;
  for (const [name, property] of Object.entries(properties)) {
    const field = sized(property, isEmbedded(property));
    if (!field) continue;
    const escaped = escapeName(name);
    if (escaped !== undefined) fields.set(escaped, field.type);
    // A word of the language may stand for the field of this name, too.
    if (reserved.has(name)) fields.set(name, field.type);
    if (required.includes(name) && property.default === undefined) minBytes += name.length + field.minBytes + 4;
  }
  // How long an object is nobody counts.
  return { type: { kind: 'object', name: 'object', fields, sizeMax: 0 }, minBytes };
}

function sizedString({ format = '', maxLength, enum: values }: JsonSchema): Sized {
  const special = stringSizes[format];
  if (special) {
    const sizeMax = special.kind === 'bytes' && maxLength !== undefined ? maxLength : special.max;
    return { type: { kind: special.kind, sizeMax }, minBytes: special.minBytes };
  }
  const longest =
    values && Math.max(0, ...values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
  const sizeMax = maxLength !== undefined ? maxLength * 4 : values?.length ? (longest ?? 0) : requestBytesMax - 2;
  return { type: { kind: 'string', sizeMax }, minBytes: 2 };
}

const text: JsonSchema = { type: 'string' };

/** A resource always has a kind and names, whatever its schema says. */
export function withResourceFields(schema: JsonSchema): JsonSchema {
  const metadata: JsonSchema = { type: 'object', properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...schema.properties, kind: text, apiVersion: text, metadata } };
}
