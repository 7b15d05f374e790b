// How does Go see the fields of a type? What becomes of their zeros, and what its decoder calls their types.

import type { JsonSchema } from '../../apis/definition.ts';
import { goTypeTable } from './go-type-table.ts';
import { refName, type Schemas } from './schemas.ts';

export interface GoField {
  /** Its zero says something else than its absence. */
  isPointer: boolean;
  /** It is written even while nobody has set it. */
  isAlways: boolean;
  /** `v1.RestartPolicy`, if the schema does not tell. */
  type?: string;
}

/** What is written for a field that nobody has set: a struct is made of its own fields, a list is empty. */
export type GoZero = 'struct' | 'list' | null | '' | 0 | '0' | false;

export const goNames = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  /** The only type without any field. */
  subresourceStatus: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus',
  jsonSchema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
  /** Followed by `Array`, `Bool` or `StringArray`. */
  jsonSchemaOr: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOr',
  rawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
} as const;

const plain: GoField = { isPointer: false, isAlways: false };
const nothing: ReadonlyMap<string, GoField> = new Map();
let parsed: Map<string, ReadonlyMap<string, GoField>> | undefined;

/** The fields of a schema component about which there is something to say. */
export function goFieldsOf(schemaName: string | undefined): ReadonlyMap<string, GoField> {
  if (schemaName === undefined) return nothing;
  parsed ??= parseTable();
  return parsed.get(schemaName) ?? nothing;
}

/** What is said of one field. */
export function goField(fields: ReadonlyMap<string, GoField>, name: string): GoField {
  return fields.get(name) ?? plain;
}

/** What stands in a field of the schema `raw` that is always written. */
export function goZero(raw: JsonSchema, { isPointer }: GoField, schemas: Schemas): GoZero {
  const name = refName(raw);
  if (name === goNames.quantity) return isPointer ? null : '0';
  if (name === goNames.intOrString) return isPointer ? null : 0;
  if (isPointer || name === goNames.time || name === goNames.microTime || name === goNames.rawExtension) return null;
  const { type, format, properties } = schemas.resolve(raw);
  if (type === 'string') return format === 'byte' ? null : '';
  if (type === 'integer' || type === 'number') return 0;
  if (type === 'boolean') return false;
  if (type === 'array') return 'list';
  return properties ? 'struct' : null;
}

/** The name of the type in the words of Go's decoder: `[]v1.Container`, `map[string]string`, `int32`. */
export function goTypeName(raw: JsonSchema, field: GoField = plain): string {
  if (field.type) return field.type;
  const name = refName(raw);
  if (name) return name.split('.').slice(-2).join('.');
  const { type, format, items, additionalProperties } = raw;
  if (type === 'integer') return format ?? 'int64';
  if (type === 'number') return 'float64';
  if (type === 'boolean') return 'bool';
  if (type === 'array') return `[]${goTypeName(items ?? {})}`;
  if (type === 'object')
    return `map[string]${goTypeName(typeof additionalProperties === 'object' ? additionalProperties : {})}`;
  return format === 'byte' ? '[]uint8' : 'string';
}

function parseTable(): Map<string, ReadonlyMap<string, GoField>> {
  const types = new Map<string, ReadonlyMap<string, GoField>>();
  for (const [group, text] of Object.entries(goTypeTable)) {
    for (const line of text.split(';')) {
      const [type = '', ...fields] = line.trim().split(/\s+/);
      types.set(`${group}.${type}`, new Map(fields.map(parseField)));
    }
  }
  return types;
}

function parseField(text: string): [string, GoField] {
  const [, name = '', marks = '', type] = /^([^*!:]+)([*!]*)(?::(.+))?$/.exec(text) ?? [];
  return [name, { isPointer: marks.includes('*'), isAlways: marks.includes('!'), ...(type && { type }) }];
}
