// What does the schema of a kind say about a field? References resolved, once each.

import { ownField } from '../../apimachinery/json-fields.ts';
import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';

const refPrefix = '#/components/schemas/';
const nothing: JsonSchema = {};

/** Schema components, loaded on first use and resolved lazily. */
export class Schemas {
  readonly #load: () => SchemaComponents;
  #components: SchemaComponents | undefined;
  #custom: SchemaComponents = {};
  readonly #resolved = new WeakMap<JsonSchema, JsonSchema>();
  readonly #named = new Map<string, JsonSchema>();

  constructor(load: () => SchemaComponents) {
    this.#load = load;
  }

  get components(): SchemaComponents {
    this.#components ??= this.#load();
    return this.#components;
  }

  /** Replaces the schemas of the resources whose definitions came from clients. */
  setCustom(components: SchemaComponents): void {
    this.#custom = components;
    this.#named.clear();
  }

  /** One component as it is written, built in or custom. */
  component(name: string): JsonSchema | undefined {
    return this.#custom[name] ?? this.components[name];
  }

  /** The schema of a kind, by its name in the components; empty (anything goes) if unknown. */
  named(name: string): JsonSchema {
    let schema = this.#named.get(name);
    if (!schema) {
      schema = this.resolve(this.component(name));
      // Of names that nobody knows there is no end.
      if (schema !== nothing) this.#named.set(name, schema);
    }
    return schema;
  }

  /** `schema` with its `$ref` (or the one in `allOf`) followed; its own words win over the target's. */
  resolve(schema: JsonSchema | undefined): JsonSchema {
    if (!schema) return nothing;
    const name = refName(schema);
    if (name === undefined) return schema;
    let resolved = this.#resolved.get(schema);
    if (!resolved) {
      const { $ref: _ref, allOf: _allOf, ...own } = schema;
      resolved = { ...this.resolve(this.component(name)), ...own };
      this.#resolved.set(schema, resolved);
    }
    return resolved;
  }

  /** The schema of `key` within an object. */
  property(schema: JsonSchema, key: string): JsonSchema | undefined {
    const own = ownField(schema.properties, key);
    if (own) return this.resolve(own);
    return typeof schema.additionalProperties === 'object' ? this.resolve(schema.additionalProperties) : undefined;
  }

  items(schema: JsonSchema): JsonSchema {
    return this.resolve(schema.items);
  }
}

/** By reference, of which there are as many as components. */
const refNames = new Map<string, string | undefined>();
const refNamesMax = 10_000;

function nameOfRef(ref: string): string | undefined {
  if (refNames.has(ref)) return refNames.get(ref);
  const name = ref.startsWith(refPrefix) ? ref.slice(refPrefix.length) : undefined;
  if (refNames.size < refNamesMax) refNames.set(ref, name);
  return name;
}

/** Name of the component that a schema refers to: `io.k8s.api.core.v1.PodSpec`. */
export function refName(schema: JsonSchema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return ref === undefined ? undefined : nameOfRef(ref);
}

/** Fields that tell the items of a list of objects apart; empty if the list is replaced as a whole. */
export function listMapKeys(schema: JsonSchema): string[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] === 'map' && keys) return keys;
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  return schema['x-kubernetes-list-type'] === undefined && mergeKey ? [mergeKey] : [];
}
