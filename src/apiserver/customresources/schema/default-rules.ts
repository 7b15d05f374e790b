// Do the defaults of a schema obey the schema themselves? Source: apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go.

import { invalidValue } from '../../../apimachinery/field-error.ts';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { childPath, keyPath } from '../paths.ts';
import { validateEmbedded } from '../values/embedded.ts';
import { validateListTypes } from '../values/list-types.ts';
import { prune } from '../values/prune.ts';
import { validateValue } from '../values/validate.ts';

/** Problems of every default below `schema`. Those in metadata at the root are refused elsewhere. */
export function defaultRules(schema: JsonSchema, path: string): StatusCause[] {
  const { items, properties = {} } = schema;
  const own = schema.default === undefined ? [] : defaultCauses(schema.default, schema, childPath(path, 'default'));
  return [
    ...own,
    ...(items ? defaultRules(items, childPath(path, 'items')) : []),
    ...Object.entries(properties).flatMap(([key, property]) =>
      defaultRules(property, keyPath(childPath(path, 'properties'), key)),
    ),
  ];
}

function defaultCauses(value: unknown, schema: JsonSchema, path: string): StatusCause[] {
  const isResourceRoot = schema['x-kubernetes-embedded-resource'] === true;
  const pruned = cloneJson(value);
  prune(pruned, schema, { isResourceRoot });
  const unpruned = jsonEqual(pruned, value) ? [] : [invalidValue(path, value, 'must not have unknown fields')];
  const embedded = validateEmbedded(value, schema, { path, isResourceRoot });
  if (embedded.length > 0) return [...unpruned, ...embedded];
  // The value is judged as if it stood alone: what is said of it has no path, but where it stands.
  const wrong = validateValue(value, schema).map((cause) => ({ ...cause, field: below(path, cause.field) }));
  return [...unpruned, ...wrong, ...validateListTypes(value, schema, path)];
}

function below(path: string, field: string | undefined): string {
  return field === undefined || field === '' || field === '<nil>' ? path : childPath(path, field);
}
