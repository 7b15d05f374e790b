import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { apiVersionOf } from '../apimachinery/meta.ts';
import { builtinResources, builtinSchemas } from './builtin.ts';
import type { JsonSchema, SchemaComponents } from './definition.ts';

const oracleFile = join(import.meta.dirname, '../../../shared/data/kubernetes-1.36-swagger.json.gz');
const refPrefix = '#/components/schemas/';

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

test('every reference of every schema resolves', () => {
  const schemas = builtinSchemas();
  const missing = refsIn(schemas).filter((ref) => !schemas[ref.slice(refPrefix.length)]);
  expect(missing).toEqual([]);
});

test.each(
  builtinResources.map((definition) => ({
    name: `${definition.resource.plural}.${definition.resource.group}`,
    definition,
  })),
)('definition of $name is whole and agrees with its schema', ({ definition }) => {
  const { group, version, kind } = definition.resource;
  const schema = builtinSchemas()[definition.schemaName];
  expect(schema?.['x-kubernetes-group-version-kind']).toContainEqual({ group, version, kind });
  expect(definition.listKind).toBe(`${kind}List`);
  expect(definition.singular).toBe(kind.toLowerCase());
  expect(definition.columns.some(({ format }) => format === 'name') || !definition.isBuiltIn).toBe(true);
  if (definition.subresources.includes('status')) expect(schema?.properties).toHaveProperty('status');
});

test('no two definitions share a path, a kind or a short name', () => {
  const seen = new Set<string>();
  for (const { resource, shortNames } of builtinResources) {
    const names = [resource.plural, resource.kind, ...shortNames].map((name) => `${apiVersionOf(resource)} ${name}`);
    expect(names.filter((name) => seen.has(name))).toEqual([]);
    for (const name of names) seen.add(name);
  }
});

/** Descriptions differ in line breaks, and unions are notes of old generators: neither says what may be sent. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) =>
      inner !== undefined && key !== 'x-kubernetes-unions' && !(key === 'description' && typeof inner === 'string'),
  );
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      key === 'required' && Array.isArray(inner) ? inner.map(String).toSorted() : comparable(inner),
    ]),
  );
}

test('generated schemas equal those of Kubernetes 1.36', (context) => {
  if (!existsSync(oracleFile)) context.skip(`the reference document is not at ${oracleFile}`);
  const text = gunzipSync(readFileSync(oracleFile)).toString().replaceAll('"#/definitions/', `"${refPrefix}`);
  const { definitions } = JSON.parse(text) as { definitions: SchemaComponents };
  const generated = Object.entries(builtinSchemas()).filter(([name]) => name.startsWith('io.k8s.api'));
  expect(generated.length).toBeGreaterThan(300);
  for (const [name, schema] of generated) {
    // Its list of groups follows the groups that a server has.
    if (name.endsWith('.DeleteOptions')) continue;
    // Only metrics.k8s.io has durations; its document is not upstream's, as another server serves it.
    if (name.endsWith('.meta.v1.Duration')) continue;
    expect(comparable(schema), name).toEqual(comparable(definitions[name]));
  }
});

test('the fields that Kubernetes 1.36 describes are described, and no others', (context) => {
  if (!existsSync(oracleFile)) context.skip(`the reference document is not at ${oracleFile}`);
  const { definitions } = JSON.parse(gunzipSync(readFileSync(oracleFile)).toString()) as {
    definitions: SchemaComponents;
  };
  const described = (name: string, { properties = {} }: JsonSchema): string[] =>
    Object.entries(properties).map(
      ([field, { description }]) => `${name}.${field}: ${description ? 'told' : 'silent'}`,
    );
  const shared = Object.entries(builtinSchemas()).filter(([name]) => definitions[name]);
  expect(shared.length).toBeGreaterThan(300);
  for (const [name, schema] of shared)
    expect(described(name, schema).toSorted(), name).toEqual(described(name, definitions[name] ?? {}).toSorted());
});

test('no field is described as what every IntOrString or time is', () => {
  const schemas = builtinSchemas();
  const shared = Object.entries(schemas).filter(([name]) => name.startsWith('io.k8s.apimachinery.'));
  const ofTypes = new Map(shared.map(([name, { description }]) => [`#/components/schemas/${name}`, description]));
  const plain = (text?: string): string | undefined => text?.replaceAll(/\s+/g, ' ').trim();
  const found = Object.entries(schemas).flatMap(([name, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, { $ref, description }]) => description && plain(description) === plain(ofTypes.get($ref ?? '')))
      .map(([field]) => `${name}.${field}`),
  );
  expect(found).toEqual([]);
});
