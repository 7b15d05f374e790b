// How does upstream show the versions of a definition in its messages? What all have in common is moved out of them,
// and a schema says what it may say in several ways by fields of its own. Source: apiextensions/v1/conversion.go.

import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import { withSentEmpties } from '../../../apimachinery/sent-empty.ts';
import type { CustomResourceDefinitionVersion } from '../../../apis/apiextensions/generated/v1.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { internalForm } from '../../../apis/internal-form.ts';

type Version = CustomResourceDefinitionVersion;
type Movable = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';
const movable: readonly Movable[] = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'];

/** Do all versions say the same by `field`? Then it is the definition's own. */
export function isShared(versions: readonly Version[], field: Movable): boolean {
  return versions.every((version) => jsonEqual(version[field], versions[0]?.[field]));
}

/** `versions` as upstream writes them; null if there are none. */
export function internalVersions(versions: readonly Version[]): unknown {
  if (versions.length === 0) return null;
  const moved = movable.filter((field) => isShared(versions, field));
  return versions.map(({ schema, ...version }) => {
    const openAPIV3Schema = schema?.openAPIV3Schema as JsonSchema | undefined;
    const shown = {
      ...version,
      ...(schema && { schema: openAPIV3Schema ? { openAPIV3Schema: split(withSentEmpties(openAPIV3Schema)) } : {} }),
    };
    for (const field of moved) delete shown[field];
    return internalForm('CustomResourceDefinitionVersion', shown);
  });
}

/** `schema`, with what was sent empty in it, as upstream writes it. */
export function internalSchema(schema: JsonSchema): unknown {
  return internalForm('JSONSchemaProps', split(schema));
}

type Json = Record<string, unknown>;

function split(schema: JsonSchema | Json): Json {
  const fields = { ...schema } as Json;
  const change = (key: string, by: (value: unknown) => unknown): void => {
    if (fields[key] !== undefined) fields[key] = by(fields[key]);
  };
  change('items', (items) =>
    Array.isArray(items) ? { jsonSchemas: items.map(split) } : { schema: split(items as Json) },
  );
  for (const key of ['additionalProperties', 'additionalItems'])
    change(key, (value) =>
      typeof value === 'boolean' ? { allows: value } : { allows: true, schema: split(value as Json) },
    );
  for (const key of ['allOf', 'oneOf', 'anyOf']) change(key, (schemas) => (schemas as Json[]).map(split));
  change('not', (value) => split(value as Json));
  for (const key of ['properties', 'patternProperties', 'definitions'])
    change(key, (schemas) => mapValues(schemas as Json, (each) => split(each as Json)));
  change('dependencies', (dependencies) =>
    mapValues(dependencies as Json, (each) =>
      Array.isArray(each) ? { property: each } : { schema: split(each as Json) },
    ),
  );
  return fields;
}

function mapValues(map: Json, by: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, by(value)]));
}
