// Is the schema of a CRD's version sound as a whole? Structure, keywords, defaults, and what may stand at its root.

import { forbidden, invalidValue } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { defaultRules } from '../schema/default-rules.ts';
import { schemaRules } from '../schema/schema-rules.ts';
import { structuralCauses } from '../schema/structural.ts';

/** What the root may say if status is a subresource; upstream's names and order, for its message. */
const allowedAtRoot = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
];
const allowedKeywords = new Set(allowedAtRoot.map((name) => `${name[0]?.toLowerCase()}${name.slice(1)}`));
const allowedExtensions = new Set(['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-validations']);

/** Problems of a version's schema at `path`. */
export function schemaCauses(schema: JsonSchema, path: string, { hasStatus }: { hasStatus: boolean }): StatusCause[] {
  const causes = hasStatus ? statusRootRules(schema, path) : [];
  if (schema.nullable) causes.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  if (hasKeyword(schema, '$schema')) causes.push(invalidValue(path, '', "OpenAPIV3Schema 'schema' is not supported"));
  const structural = structuralCauses(schema, path);
  // Defaults are only judged by a schema that is sound itself.
  causes.push(...(structural.length > 0 ? structural : defaultRules(schema, path)));
  return [...causes, ...schemaRules(schema, path)];
}

/** Does the schema or one below it say anything by `keyword`? */
function hasKeyword(schema: JsonSchema, keyword: string): boolean {
  const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [], not } = schema;
  if ((schema as Record<string, unknown>)[keyword]) return true;
  const below = [...Object.values(properties), items, additionalProperties, ...allOf, ...anyOf, ...oneOf, not];
  return below.some((each) => typeof each === 'object' && hasKeyword(each, keyword));
}

function statusRootRules(schema: JsonSchema, path: string): StatusCause[] {
  if (schema.type !== 'object') {
    const only = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalidValue(`${path}.type`, schema.type ?? '', only)];
  }
  const isAllowed = (key: string): boolean => allowedKeywords.has(key) || allowedExtensions.has(key);
  if (Object.keys(schema).every(isAllowed)) return [];
  const only = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalidValue(path, schema, only)];
}
