// How do the values of a kind merge? Its schema in the terms of structured merging, compiled on first use.
// Source: kube-openapi/pkg/schemaconv.

import {
  deducedType,
  type ListType,
  type MapType,
  type MergeType,
  type ScalarType,
  untypedAtomic,
} from '../../apimachinery/structured-merge/merge-type.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import { goFieldsOf } from '../schema/go-types.ts';
import { objectMetaSchema } from '../schema/root-field.ts';
import { listMapKeys, refName, type Schemas } from '../schema/schemas.ts';
import { zeroFieldsOf } from './zero-fields.ts';

const quantitySchema = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const rawExtensionSchema = 'io.k8s.apimachinery.pkg.runtime.RawExtension';
const untypedScalar: MergeType = { scalar: 'untyped' };

/** The type of the objects of a kind; deduced from their values where the kind has no schema. */
export function objectType(schemas: Schemas, schemaName: string): MergeType {
  const compiler = compilerOf(schemas);
  return compiler.object(schemaName);
}

const compilers = new WeakMap<Schemas, TypeCompiler>();

function compilerOf(schemas: Schemas): TypeCompiler {
  let compiler = compilers.get(schemas);
  if (!compiler) {
    compiler = new TypeCompiler(schemas);
    compilers.set(schemas, compiler);
  }
  return compiler;
}

interface Context {
  /** Name of the schema component; undefined for what stands inline. */
  name?: string | undefined;
  keepsUnknown: boolean;
}

class TypeCompiler {
  readonly #schemas: Schemas;
  readonly #objects = new WeakMap<JsonSchema, MergeType>();
  readonly #types = {
    keepsUnknown: new WeakMap<JsonSchema, MergeType>(),
    strict: new WeakMap<JsonSchema, MergeType>(),
  };

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  object(schemaName: string): MergeType {
    const schema = this.#schemas.named(schemaName);
    let type = this.#objects.get(schema);
    if (!type) {
      type = schema.type === 'object' || schema.properties ? this.#rootType(schema, schemaName) : deducedType;
      this.#objects.set(schema, type);
    }
    return type;
  }

  /** The object itself has metadata of a known type, whatever its own schema says. */
  #rootType(schema: JsonSchema, name: string): MergeType {
    const properties = {
      ...schema.properties,
      apiVersion: { type: 'string' as const },
      kind: { type: 'string' as const },
      metadata: { $ref: `#/components/schemas/${objectMetaSchema}` },
    };
    return { map: this.#mapType({ ...schema, properties }, { name, keepsUnknown: keepsUnknown(schema) }) };
  }

  #type(raw: JsonSchema, inherited: boolean): MergeType {
    const name = refName(raw);
    if (name === quantitySchema) return untypedScalar;
    if (name === rawExtensionSchema) return untypedAtomic;
    const schema = this.#schemas.resolve(raw);
    const context = { name, keepsUnknown: (name === undefined && inherited) || keepsUnknown(schema) };
    const cache = this.#types[context.keepsUnknown ? 'keepsUnknown' : 'strict'];
    let type = cache.get(schema);
    if (!type) {
      type = this.#compile(schema, context);
      cache.set(schema, type);
    }
    return type;
  }

  #compile(schema: JsonSchema, context: Context): MergeType {
    switch (schema.type) {
      case undefined:
        return { scalar: 'untyped', list: this.#listType(schema, context), map: this.#mapType(schema, context) };
      case 'object':
        return { map: this.#mapType(schema, context) };
      case 'array':
        return { list: this.#listType(schema, context) };
      default:
        return { scalar: scalarOf(schema) };
    }
  }

  #listType(schema: JsonSchema, { keepsUnknown: inherited }: Context): ListType {
    const element = lazy(() => (schema.items ? this.#type(schema.items, inherited) : untypedAtomic));
    const keys = listMapKeys(schema);
    const isSet = schema['x-kubernetes-list-type'] === 'set' || isMergedSet(schema);
    return {
      isAtomic: keys.length === 0 && !isSet,
      keys,
      get element() {
        return element();
      },
    };
  }

  #mapType(schema: JsonSchema, { name, keepsUnknown: inherited }: Context): MapType {
    const { properties = {} } = schema;
    const fields = new Map<string, MergeType>();
    const element = lazy(() => this.#elementType(schema, inherited));
    return {
      isAtomic: schema['x-kubernetes-map-type'] === 'atomic',
      field: (field) => {
        const known = fields.get(field);
        if (known || !Object.hasOwn(properties, field)) return known;
        const type = this.#type(properties[field] as JsonSchema, inherited);
        fields.set(field, type);
        return type;
      },
      get element() {
        return element();
      },
      defaultOf: (field) => (Object.hasOwn(properties, field) ? keyDefault(field, properties[field], name) : undefined),
      zeroFields: zeroFieldsOf(name, schema, this.#schemas),
    };
  }

  #elementType({ properties, additionalProperties }: JsonSchema, inherited: boolean): MergeType | undefined {
    if (additionalProperties === true) return deducedType;
    if (typeof additionalProperties === 'object') return this.#type(additionalProperties, inherited);
    if (additionalProperties === false) return undefined;
    return inherited || !properties || Object.keys(properties).length === 0 ? deducedType : undefined;
  }
}

function keepsUnknown(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function isMergedSet(schema: JsonSchema): boolean {
  return schema['x-kubernetes-list-type'] === undefined && schema['x-kubernetes-patch-strategy'] === 'merge';
}

const localReference = 'io.k8s.api.core.v1.LocalObjectReference';

/** The schemas of 1.22 lack the defaults that keys of built-in lists have: of what is always written, its zero. */
function keyDefault(field: string, schema: JsonSchema | undefined, name: string | undefined): unknown {
  if (field === 'name' && name === localReference) return '';
  if (schema?.default !== undefined) return schema.default;
  if (field === 'protocol') return 'TCP';
  if (!goFieldsOf(name).get(field)?.isAlways) return undefined;
  return schema?.type === 'integer' ? 0 : schema?.type === 'string' ? '' : undefined;
}

function scalarOf({ type, format }: JsonSchema): ScalarType {
  if (type === 'integer' || type === 'number') return 'numeric';
  if (type === 'boolean') return 'boolean';
  return format === undefined || format === '' || format === 'byte' ? 'string' : 'untyped';
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
