// Is the schema of a CRD's version sound as a whole? Structure, keywords, defaults, and what may stand at its root.

import { forbidden, invalidValue } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { defaultRules } from '../schema/default-rules.ts';
import { schemaRules } from '../schema/schema-rules.ts';
import { structuralCauses } from '../schema/structural.ts';
import { internalSchema } from './internal-versions.ts';

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
const allowedKeywords = new Set([
  ...allowedAtRoot.map((name) => `${name[0]?.toLowerCase()}${name.slice(1)}`),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);
/** Fields that come before the type where upstream looks at one after the other. */
const beforeType = ['id', '$schema', '$ref'];
/** Whoever says any of these can't be read as structural. */
const unsupported = [
  'id',
  '$schema',
  '$ref',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
] as const;

/** Problems of a version's schema at `path`. */
export function schemaCauses(schema: JsonSchema, path: string, { hasStatus }: { hasStatus: boolean }): StatusCause[] {
  const causes = hasStatus ? statusRootRules(schema, path) : [];
  if (schema.nullable) causes.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const keyword = unsupportedKeyword(schema);
  if (!keyword) {
    const structural = structuralCauses(schema, path);
    // Defaults are only judged by a schema that is sound itself.
    causes.push(...(structural.length > 0 ? structural : defaultRules(schema, path)));
  }
  causes.push(...schemaRules(schema, path));
  if (keyword && causes.length === 0)
    return [invalidValue(path, '', `OpenAPIV3Schema '${keyword.replace(/^\$(?=schema)/, '')}' is not supported`)];
  return causes;
}

/** What the schema or one below it says and may not. */
function unsupportedKeyword(schema: JsonSchema): string | undefined {
  const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [], not } = schema;
  const says = (keyword: string): boolean => {
    const value = (schema as Record<string, unknown>)[keyword];
    return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  };
  const own = unsupported.find(says);
  if (own) return own;
  for (const each of [not, ...allOf, ...anyOf, ...oneOf, items, ...Object.values(properties), additionalProperties]) {
    const below = typeof each === 'object' && !Array.isArray(each) ? unsupportedKeyword(each) : undefined;
    if (below) return below;
  }
  return undefined;
}

function statusRootRules(schema: JsonSchema, path: string): StatusCause[] {
  const says = (key: string): boolean => (schema as Record<string, unknown>)[key] !== undefined;
  if (schema.type && schema.type !== 'object' && !beforeType.some(says)) {
    const only = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalidValue(`${path}.type`, schema.type, only)];
  }
  if (Object.keys(schema).every((key) => allowedKeywords.has(key))) return [];
  const only = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalidValue(path, internalSchema(schema), only)];
}
