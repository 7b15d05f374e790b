// Does every field that a junctor speaks of exist outside of it? Source: apiextensions-apiserver/pkg/apiserver/schema/complete.go.

import { required } from '../../../apimachinery/field-error.ts';
import { ownField } from '../../../apimachinery/json-fields.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';

/** One cause per field or item that only a junctor of `schema` knows. */
export function completenessCauses(schema: JsonSchema, path: string): StatusCause[] {
  return junctorCauses(schema, schema, { path, junctorPath: path });
}

interface Places {
  path: string;
  junctorPath: string;
}

function junctorCauses(rules: JsonSchema, schema: JsonSchema, { path, junctorPath }: Places): StatusCause[] {
  const { not, allOf = [], anyOf = [], oneOf = [] } = rules;
  const each = (schemas: JsonSchema[], name: string): StatusCause[] =>
    schemas.flatMap((nested, i) =>
      nestedCauses(nested, schema, { path, junctorPath: indexPath(childPath(junctorPath, name), i) }),
    );
  return [
    ...(not ? nestedCauses(not, schema, { path, junctorPath: childPath(junctorPath, 'not') }) : []),
    ...each(allOf, 'allOf'),
    ...each(anyOf, 'anyOf'),
    ...each(oneOf, 'oneOf'),
  ];
}

function nestedCauses(nested: JsonSchema, schema: JsonSchema | undefined, places: Places): StatusCause[] {
  const { path, junctorPath } = places;
  if (!schema) return [required(path, `because it is defined in ${junctorPath}`)];
  const below = (...names: string[]): Places => ({
    path: names.reduce(childPath, path),
    junctorPath: names.reduce(childPath, junctorPath),
  });
  const causes = junctorCauses(nested, schema, places);
  if (nested.items) causes.push(...nestedCauses(nested.items, schema.items, below('items')));
  for (const [key, property] of Object.entries(nested.properties ?? {})) {
    const at = below('properties');
    const entry = { path: keyPath(at.path, key), junctorPath: keyPath(at.junctorPath, key) };
    causes.push(...nestedCauses(property, ownField(schema.properties, key), entry));
  }
  return causes;
}
