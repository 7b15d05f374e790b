// How does OpenAPI describe a custom resource? Its schema, with what all objects have.

import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema, SchemaComponents } from '../../apis/definition.ts';
import { objectMetaSchema } from '../schema/root-field.ts';

const apiVersionDescription =
  'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources';
const kindDescription =
  'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const metadataDescription =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** `com.example.v1.Thing`. */
export function componentName({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** The schemas of all served versions. */
export function componentsOf({ spec }: CustomResourceDefinition): SchemaComponents {
  const { group, versions, names } = spec;
  const served = versions.filter((version) => version.served);
  return Object.fromEntries(
    served.map(({ name: version, schema, selectableFields = [] }) => [
      componentName({ group, version, kind: names.kind }),
      {
        ...asObject(
          (schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonSchema,
        ),
        ...(selectableFields.length > 0 && {
          'x-kubernetes-selectable-fields': selectableFields.map(({ jsonPath }) => ({ fieldPath: jsonPath.slice(1) })),
        }),
      },
    ]),
  );
}

function asObject(schema: JsonSchema): JsonSchema {
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: apiVersionDescription },
      kind: { type: 'string', description: kindDescription },
      metadata: { description: metadataDescription, $ref: `#/components/schemas/${objectMetaSchema}` },
      ...withoutMeta(schema.properties),
    },
  };
}

function withoutMeta(properties: JsonSchema['properties']): Record<string, JsonSchema> {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...own } = properties ?? {};
  return own;
}
