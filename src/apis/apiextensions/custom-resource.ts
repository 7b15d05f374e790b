// Which CustomResourceDefinition describes one of our own resources to a cluster that isn't ours?

import type { Draft } from '../../apimachinery/meta.ts';
import { assert } from '../../base/assert.ts';
import type { JsonSchema, ResourceDefinition, SchemaComponents } from '../definition.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceSubresources,
  JSONSchemaProps,
} from './generated/v1.ts';

const metaSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const refPrefix = '#/components/schemas/';

/** Who defines kinds in the groups of the Kubernetes project says where they were approved. */
const approvalAnnotation = 'api-approved.kubernetes.io';
const approval = 'https://github.com/kubernetes-csi/external-snapshotter/pull/814';

function isProtected(group: string): boolean {
  return /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);
}

/** The CustomResourceDefinition of every definition that isn't built in, in their order. `schemas` holds all that they refer to. */
export function customResourceDefinitionsOf(
  definitions: readonly ResourceDefinition[],
  schemas: SchemaComponents,
): Draft<CustomResourceDefinition>[] {
  return definitions
    .filter(({ isBuiltIn }) => !isBuiltIn)
    .map((definition) => customResourceDefinitionOf(definition, schemas));
}

/**
 * The CustomResourceDefinition of one resource, with references written out, as CRD schemas need it.
 * Columns without a JSON path are left out: a cluster that isn't ours can't compute them.
 */
export function customResourceDefinitionOf(
  definition: ResourceDefinition,
  schemas: SchemaComponents,
): Draft<CustomResourceDefinition> {
  const { group, version, plural, kind, namespaced } = definition.resource;
  const columns = definition.columns.flatMap(columnOf);
  const subresources: CustomResourceSubresources = definition.subresources.includes('status') ? { status: {} } : {};
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      ...(isProtected(group) && { annotations: { [approvalAnnotation]: approval } }),
    },
    spec: {
      group,
      names: {
        plural,
        singular: definition.singular,
        kind,
        listKind: definition.listKind,
        ...(definition.shortNames.length > 0 && { shortNames: definition.shortNames }),
        ...(definition.categories.length > 0 && { categories: definition.categories }),
      },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(definition.schemaName, schemas) },
          ...(Object.keys(subresources).length > 0 && { subresources }),
          ...(columns.length > 0 && { additionalPrinterColumns: columns }),
        },
      ],
    },
  };
}

function columnOf({
  name,
  type,
  format,
  description,
  priority,
  jsonPath,
}: ResourceDefinition['columns'][number]): CustomResourceColumnDefinition[] {
  // The name is the first column of every table; a CRD doesn't list it.
  if (!jsonPath || jsonPath === '.metadata.name') return [];
  return [
    {
      name,
      type,
      jsonPath,
      ...(format && { format }),
      ...(description && { description }),
      ...(priority > 0 && { priority }),
    },
  ];
}

function rootSchema(name: string, schemas: SchemaComponents): JSONSchemaProps {
  const schema = schemas[name];
  assert(schema, `There is no schema ${name}`);
  const { 'x-kubernetes-group-version-kind': _, ...root } = inline(schema, schemas, []);
  // An object's own metadata is the server's to describe.
  return { ...root, properties: { ...root.properties, metadata: { type: 'object' } } };
}

/** `schema` without references. Metadata of an object inside another stays opaque. */
function inline(schema: JsonSchema, schemas: SchemaComponents, path: string[]): JsonSchema {
  // `allOf` of one reference is how OpenAPI v3 writes a reference that has siblings.
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  if (ref) {
    const name = ref.slice(refPrefix.length);
    const { $ref: _, allOf: __, ...siblings } = schema;
    if (name === metaSchema) return { type: 'object', ...siblings, 'x-kubernetes-preserve-unknown-fields': true };
    const target = schemas[name];
    assert(target, `There is no schema ${name}`);
    assert(!path.includes(name), `Schema ${name} contains itself, which a CustomResourceDefinition can't say`);
    return { ...inline(quantityAsIntOrString(name, target), schemas, [...path, name]), ...siblings };
  }
  const { properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, (each) => inline(each, schemas, path)) }),
    ...(items && { items: inline(items, schemas, path) }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'object' ? inline(additionalProperties, schemas, path) : additionalProperties,
    }),
  };
}

/** Numbers are quantities too, which `type: string` would refuse. */
function quantityAsIntOrString(name: string, schema: JsonSchema): JsonSchema {
  const isEither = name.endsWith('.resource.Quantity') || schema.format === 'int-or-string';
  if (!isEither) return schema;
  const { type: _, format: __, ...rest } = schema;
  return { ...rest, 'x-kubernetes-int-or-string': true };
}

function mapValues(
  record: Record<string, JsonSchema>,
  change: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
