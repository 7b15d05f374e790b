// Which schemas does a set of resources need, and in which form do the OpenAPI documents show them?

import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';
import type { CatalogueEntry } from '../registry/catalogue.ts';
import type { Schemas } from '../schema/schemas.ts';
import { pathsOf } from './operations.ts';

export const refPrefix = '#/components/schemas/';
const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The schemas that the operations of `entries` name, with everything they refer to. */
export function reachable(entries: readonly CatalogueEntry[], schemas: Schemas): SchemaComponents {
  const found: SchemaComponents = {};
  const visit = (name: string): void => {
    const schema = found[name] ? undefined : schemas.component(name);
    if (!schema) return;
    found[name] = schema;
    for (const reference of referencesIn(schema)) visit(reference);
  };
  for (const { definition } of entries) {
    for (const { body, answer } of pathsOf(definition).flatMap(({ operations }) => operations)) {
      if (body) visit(body);
      if (answer) visit(answer);
    }
    const { schemaName, resource, listKind, verbs } = definition;
    const { group, version, kind } = resource;
    const own = found[schemaName];
    if (own && !own[gvkKey]) found[schemaName] = { ...own, [gvkKey]: [{ group, version, kind }] };
    if (found[`${schemaName}List`] || (verbs && !verbs.includes('list'))) continue;
    // Custom resources have no written list schema.
    const selectable = own?.['x-kubernetes-selectable-fields'];
    found[`${schemaName}List`] = {
      ...listSchema(schemaName),
      [gvkKey]: [{ group, version, kind: listKind }],
      ...(selectable && { 'x-kubernetes-selectable-fields': selectable }),
    };
    visit(`${metaPrefix}.ListMeta`);
  }
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const gvkKey = 'x-kubernetes-group-version-kind';

function listSchema(schemaName: string): JsonSchema {
  return {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string', description: 'The versioned schema of this object.' },
      kind: { type: 'string', description: 'The REST resource that this object represents.' },
      metadata: { $ref: `${refPrefix}${metaPrefix}.ListMeta` },
      items: { type: 'array', items: { $ref: `${refPrefix}${schemaName}` } },
    },
  };
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' && item.startsWith(refPrefix)
      ? [item.slice(refPrefix.length)]
      : referencesIn(item),
  );
}
