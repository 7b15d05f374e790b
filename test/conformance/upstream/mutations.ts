// What can be wrong with an object? Every single change of a valid one that its schema suggests, in a fixed order.

import type { KubeObject } from '../../../src/apimachinery/meta.ts';
import { builtinSchemas } from '../../../src/apis/builtin.ts';
import type { JsonSchema } from '../../../src/apis/definition.ts';

export interface Mutation {
  /** `spec.ports[0].port = -1`. */
  title: string;
  object: KubeObject;
}

type Json = unknown;
type Path = (string | number)[];
/** A value to put at a place; undefined takes the field away. */
interface Edit {
  path: Path;
  value: Json;
}

const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const long = 'a'.repeat(300);
const texts = ['', 'UPPER', '-bad.', 'a/b', '../x', 'ok-name', long, 5];
const quantities = ['-1', '0', '1500m', 'abc', 7, '1.0001Ki', '+1.500'];
const times = ['yesterday', '2021-02-03T04:05:06Z'];
const integers = [-1, 0, 1, 70_000, 3_000_000_000, '5', 1.5];
const countsOrTexts = [-1, 0, 70_000, '', '150%', 'abc', 'UPPER_CASE', '25%'];

// The server writes these, or names what was sent.
const skipped = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace', 'metadata.managedFields']);
const skippedMetadata = /^metadata\.(?!labels|annotations|finalizers|ownerReferences|generateName)/;

/** Every change of one place of `object`, whose kind has the schema `schemaName`. */
export function mutationsOf(object: KubeObject, schemaName: string): Mutation[] {
  const schemas = builtinSchemas();
  const edits: Edit[] = [];
  const resolve = (schema: JsonSchema): JsonSchema => {
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    const name = reference?.split('/').at(-1) ?? '';
    if (name === quantity) return { format: 'quantity' };
    return reference ? { ...schemas[name], ...rest(schema) } : schema;
  };
  const rest = ({ $ref: _ref, allOf: _allOf, ...own }: JsonSchema): JsonSchema => own;

  const visit = (value: Json, given: JsonSchema, path: Path): void => {
    const schema = resolve(given);
    const put = (...values: Json[]): void => void edits.push(...values.map((each) => ({ path, value: each })));
    if (path.length > 0 && value !== undefined) put(undefined);
    put(...valuesFor(schema, value));
    if (schema.properties) visitFields(value as Record<string, Json> | undefined, schema, path);
    else if (schema.additionalProperties && typeof value === 'object' && value !== null) {
      const [key] = Object.keys(value);
      if (key !== undefined && schema.additionalProperties !== true)
        visit((value as Record<string, Json>)[key], schema.additionalProperties, [...path, key]);
    } else if (schema.items && Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, schema.items, [...path, index]);
    }
  };
  const visitFields = (value: Record<string, Json> | undefined, schema: JsonSchema, path: Path): void => {
    if (!value) return;
    edits.push({ path: [...path, 'unknownField'], value: 1 });
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const at = [...path, name];
      const text = at.join('.');
      if (skipped.has(text) || (path.length === 1 && skippedMetadata.test(text))) continue;
      if (text === 'status') continue;
      if (value[name] !== undefined) visit(value[name], field, at);
      else for (const each of valuesFor(resolve(field), undefined)) edits.push({ path: at, value: each });
    }
  };
  visit(object, { $ref: `#/components/schemas/${schemaName}` }, []);
  return edits.map((edit) => ({ title: titleOf(edit), object: withEdit(object, edit) }));
}

/** What may be put where a schema is, beside what is there. */
function valuesFor(schema: JsonSchema, value: Json): Json[] {
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') return countsOrTexts;
  if (schema.format === 'date-time' || schema.format === 'micro-time') return times;
  if (schema.format === 'quantity') return quantities;
  switch (schema.type) {
    case 'string':
      return texts;
    case 'integer':
      return integers;
    case 'number':
      return [-1, 0.5];
    case 'boolean':
      return [value !== true, 'true'];
    case 'array':
      return Array.isArray(value) ? [[], [...value, value[0]], [null], {}] : [[], emptyItems(schema)];
    case 'object':
      return schema.additionalProperties
        ? [{}, { 'Bad Key!': 'x' }, { [`${long}/x`]: 'x' }, { ok: long }, []]
        : value === undefined
          ? [{}]
          : [{}, []];
    default:
      return [];
  }
}

/** A list of one thing of which everything is left out. */
function emptyItems({ items }: JsonSchema): Json {
  return items?.type === 'string' ? ['a', 'a'] : [{}];
}

function titleOf({ path, value }: Edit): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  const text = value === undefined ? 'absent' : (JSON.stringify(value) ?? '');
  return `${place.replace(/^\./, '')} = ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}

function withEdit(object: KubeObject, { path, value }: Edit): KubeObject {
  if (path.length === 0) return value as KubeObject;
  const copy = structuredClone(object);
  let at = copy as unknown as Record<string | number, Json>;
  for (const part of path.slice(0, -1)) at = at[part] as Record<string | number, Json>;
  const last = path.at(-1) ?? '';
  if (value !== undefined) at[last] = structuredClone(value);
  else if (Array.isArray(at)) at.splice(last as number, 1);
  else delete at[last];
  return copy;
}
