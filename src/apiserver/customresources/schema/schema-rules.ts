// What may a CRD's schema say beside being structural? Source: apiextensions ValidateCustomResourceDefinitionOpenAPISchema.

import { forbidden, invalidValue, notSupported, required } from '../../../apimachinery/field-error.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema, ValidationRule } from '../../../apis/definition.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';
import { resolveFieldPath } from './field-path.ts';
import { listRules } from './list-rules.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];
/** Of these an empty map is let pass. */
const mayBeEmpty = new Set(['patternProperties', 'definitions']);
const metaFields = new Set(['metadata', 'kind', 'apiVersion']);
const ruleReasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

interface Place {
  path: string;
  isRoot?: boolean;
  /** Inside kind, apiVersion or metadata of a resource. */
  isInMeta?: boolean;
  /** Why no default may stand here. */
  noDefaults?: string;
}

/** Problems of the schema and of all below it. */
export function schemaRules(schema: JsonSchema, path: string): StatusCause[] {
  return visit(schema, { path, isRoot: true });
}

function visit(schema: JsonSchema, place: Place): StatusCause[] {
  const { path } = place;
  return [
    ...keywordRules(schema, place),
    ...childRules(schema, place),
    ...junctorRules(schema, place),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false
      ? [invalidValue(childPath(path, 'x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined')]
      : []),
    ...listRules(schema, path),
    ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
      ruleRules(rule, schema, indexPath(childPath(path, 'x-kubernetes-validations'), i)),
    ),
  ];
}

function keywordRules(schema: JsonSchema, { path, isInMeta, noDefaults }: Place): StatusCause[] {
  const fields = schema as Record<string, unknown>;
  const { type, additionalProperties, properties = {} } = schema;
  const at = (keyword: string): string => childPath(path, keyword);
  const causes: StatusCause[] = [];
  if (type && !types.includes(type)) causes.push(notSupported(at('type'), type, types));
  if (schema.default !== undefined && noDefaults !== undefined)
    causes.push(forbidden(at('default'), `must not be set ${noDefaults}`));
  for (const keyword of unsupported)
    if (fields[keyword] !== undefined && !(mayBeEmpty.has(keyword) && isEmptyMap(fields[keyword])))
      causes.push(forbidden(at(keyword), `${keyword} is not supported`));
  if ((type as string) === 'null')
    causes.push(forbidden(at('type'), 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items))
    causes.push(forbidden(at('items'), 'items must be a schema object and not an array'));
  if (isInMeta && schema['x-kubernetes-embedded-resource'])
    causes.push(forbidden(at('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  if (fields['uniqueItems'])
    causes.push(
      forbidden(at('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'),
    );
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0)
    causes.push(forbidden(at('additionalProperties'), 'additionalProperties and properties are mutual exclusive'));
  return causes;
}

function isEmptyMap(value: unknown): boolean {
  return Object.keys(value as object).length === 0;
}

function childRules(schema: JsonSchema, { path, isRoot, isInMeta, noDefaults }: Place): StatusCause[] {
  const { additionalProperties, properties = {}, items } = schema;
  const inherited = { ...(isInMeta && { isInMeta }), ...(noDefaults !== undefined && { noDefaults }) };
  const causes: StatusCause[] = [];
  if (typeof additionalProperties === 'object') {
    // What stays of a default inside of metadata can't be told without a value.
    const why = isInMeta && { noDefaults: 'inside additionalProperties applying to object metadata' };
    causes.push(
      ...visit(additionalProperties, { ...inherited, ...why, path: childPath(path, 'additionalProperties') }),
    );
  }
  for (const [key, property] of Object.entries(properties)) {
    const isMeta = (isRoot || schema['x-kubernetes-embedded-resource']) && metaFields.has(key);
    const meta = isMeta && { isInMeta: true, ...(isRoot && { noDefaults: `in top-level ${key}` }) };
    causes.push(...visit(property, { ...inherited, ...meta, path: keyPath(childPath(path, 'properties'), key) }));
  }
  if (items && !Array.isArray(items)) causes.push(...visit(items, { ...inherited, path: childPath(path, 'items') }));
  return causes;
}

function junctorRules(
  { not, allOf = [], oneOf = [], anyOf = [] }: JsonSchema,
  { path, ...place }: Place,
): StatusCause[] {
  const { isRoot: _, ...inherited } = place;
  const each = (schemas: JsonSchema[], name: string): StatusCause[] =>
    schemas.flatMap((schema, i) => visit(schema, { ...inherited, path: indexPath(childPath(path, name), i) }));
  return [
    ...(not ? visit(not, { ...inherited, path: childPath(path, 'not') }) : []),
    ...each(allOf, 'allOf'),
    ...each(oneOf, 'oneOf'),
    ...each(anyOf, 'anyOf'),
  ];
}

/** The form of a CEL rule; whether it compiles is seen only when all forms are right. */
function ruleRules(
  { rule = '', message = '', messageExpression = '', reason, fieldPath = '' }: Partial<ValidationRule>,
  schema: JsonSchema,
  path: string,
): StatusCause[] {
  const at = (field: string): string => childPath(path, field);
  const hasBreak = (text: string): boolean => /[\n\r]/.test(text.trim());
  const causes: StatusCause[] = [];
  if (rule.trim() === '') causes.push(required(at('rule'), 'rule is not specified'));
  else if (message !== '' && message.trim() === '')
    causes.push(invalidValue(at('message'), message, 'must be non-empty if specified'));
  else if (hasBreak(message)) causes.push(invalidValue(at('message'), message, 'must not contain line breaks'));
  else if (hasBreak(rule) && message.trim() === '')
    causes.push(required(at('message'), 'message must be specified if rule contains line breaks'));
  if (messageExpression !== '' && messageExpression.trim() === '')
    causes.push(required(at('messageExpression'), 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !ruleReasons.includes(reason))
    causes.push(notSupported(at('reason'), reason, ruleReasons));
  if (fieldPath === '') return causes;
  if (fieldPath.trim() === '') causes.push(invalidValue(at('fieldPath'), fieldPath, 'must be non-empty if specified'));
  if (/[\n\r]/.test(fieldPath)) causes.push(invalidValue(at('fieldPath'), fieldPath, 'must not contain line breaks'));
  if (!resolveFieldPath(fieldPath, schema, { allowsArrayNotation: true }).ok)
    causes.push(invalidValue(at('fieldPath'), fieldPath, 'must be a valid path'));
  return causes;
}
