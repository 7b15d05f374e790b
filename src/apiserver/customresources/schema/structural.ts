// Is a schema structural: does it say of every field where it is, apart from what its value must be?
// Source: apiextensions-apiserver/pkg/apiserver/schema/validation.go.

import { forbidden, invalidValue, required } from '../../../apimachinery/field-error.ts';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../../apis/definition.ts';
import { compileRegex, RegexSyntaxError } from '../../regex/re2.ts';
import { childPath, indexPath, keyPath } from '../paths.ts';
import { completenessCauses } from './completeness.ts';

type Level = 'root' | 'item' | 'field';

const noTypeDetail: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** Everything that keeps `schema` from being structural, sorted by text. */
export function structuralCauses(schema: JsonSchema, path: string): StatusCause[] {
  const causes = [...invariants(schema, 'root', path), ...completenessCauses(schema, path)];
  const text = ({ field, message }: StatusCause): string => `${field}: ${message}`;
  return causes.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function invariants(schema: JsonSchema, level: Level, path: string): StatusCause[] {
  const { items, properties = {}, additionalProperties } = schema;
  const causes: StatusCause[] = [];
  if (schema.type === 'array' && !items) causes.push(required(childPath(path, 'items'), 'must be specified'));
  if (items) causes.push(...invariants(items, 'item', childPath(path, 'items')));
  for (const [key, property] of Object.entries(properties))
    causes.push(...invariants(property, 'field', keyPath(childPath(path, 'properties'), key)));
  if (additionalProperties !== undefined) {
    const at = childPath(path, 'additionalProperties');
    if (level === 'root') causes.push(forbidden(at, 'must not be used at the root'));
    if (typeof additionalProperties === 'object') causes.push(...invariants(additionalProperties, 'field', at));
  }
  const junctors = {
    skipsAnyOf: isIntOrStringChoice(schema.anyOf),
    skipsFirstAllOf: isIntOrStringChoice(schema.allOf?.[0]?.anyOf),
  };
  return [
    ...causes,
    ...extensionCauses(schema, path),
    ...valueCauses(schema, path, junctors),
    ...typeCauses(schema, level, path),
    ...resourceCauses(schema, level, path),
  ];
}

function extensionCauses(schema: JsonSchema, path: string): StatusCause[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const must = 'must be false if x-kubernetes-int-or-string is true';
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((extension) => schema[extension])
    .map((extension) => invalidValue(childPath(path, extension), true, must));
}

function typeCauses(schema: JsonSchema, level: Level, path: string): StatusCause[] {
  const { type } = schema;
  const at = childPath(path, 'type');
  const causes: StatusCause[] = [];
  const embedded = 'must be object if x-kubernetes-embedded-resource is true';
  const isFree = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object')
    causes.push(type ? invalidValue(at, type, embedded) : required(at, embedded));
  else if (!type && !isFree) causes.push(required(at, noTypeDetail[level]));
  if (level === 'root' && type && type !== 'object') causes.push(invalidValue(at, type, 'must be object at the root'));
  return causes;
}

/** What a resource, at the root or embedded, may say of its own kind and metadata. */
function resourceCauses(schema: JsonSchema, level: Level, path: string): StatusCause[] {
  const { properties = {}, additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const isResource = level === 'root' || isEmbedded;
  const propertyPath = (key: string): string => keyPath(childPath(path, 'properties'), key);
  const causes: StatusCause[] = [];
  if (isEmbedded && additionalProperties !== undefined)
    causes.push(
      forbidden(childPath(path, 'additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  for (const key of isResource ? ['kind', 'apiVersion'] : []) {
    const type = properties[key] && (properties[key].type ?? '');
    if (type !== undefined && type !== 'string')
      causes.push(invalidValue(childPath(propertyPath(key), 'type'), type, 'must be string'));
  }
  const { metadata } = properties;
  if (metadata && isResource && metadata.type !== 'object')
    causes.push(invalidValue(childPath(propertyPath('metadata'), 'type'), metadata.type ?? '', 'must be object'));
  if (metadata && level === 'root' && !saysOnlyNames(metadata))
    causes.push(
      forbidden(
        propertyPath('metadata'),
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  if (isEmbedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties).length === 0)
    causes.push(
      required(
        childPath(path, 'properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  return causes;
}

function saysOnlyNames({ type: _type, default: _default, properties = {}, ...others }: JsonSchema): boolean {
  const keys = Object.keys(properties);
  return keys.every((key) => key === 'name' || key === 'generateName') && Object.keys(others).length === 0;
}

function isIntOrStringChoice(schemas: JsonSchema[] | undefined): boolean {
  return jsonEqual(schemas, [{ type: 'integer' }, { type: 'string' }]);
}

interface Junctors {
  /** `anyOf` and the first of `allOf` may name the two types of an int-or-string. */
  skipsAnyOf: boolean;
  skipsFirstAllOf: boolean;
}

function valueCauses(schema: JsonSchema, path: string, { skipsAnyOf, skipsFirstAllOf }: Junctors): StatusCause[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const at = (junctor: string, i: number): string => indexPath(childPath(path, junctor), i);
  const nothingSkipped = { skipsAnyOf: false, skipsFirstAllOf: false };
  const causes: StatusCause[] = [];
  if (!skipsAnyOf) causes.push(...anyOf.flatMap((each, i) => nestedCauses(each, at('anyOf', i), nothingSkipped)));
  causes.push(
    ...allOf.flatMap((each, i) =>
      nestedCauses(each, at('allOf', i), { skipsAnyOf: skipsFirstAllOf && i === 0, skipsFirstAllOf: false }),
    ),
  );
  causes.push(...oneOf.flatMap((each, i) => nestedCauses(each, at('oneOf', i), nothingSkipped)));
  if (not) causes.push(...nestedCauses(not, childPath(path, 'not'), nothingSkipped));
  const problem = pattern ? regexProblem(pattern) : undefined;
  if (problem !== undefined)
    causes.push(
      invalidValue(childPath(path, 'pattern'), pattern, `must be a valid regular expression, but isn't: ${problem}`),
    );
  return causes;
}

function regexProblem(pattern: string): string | undefined {
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    return error.message;
  }
}

/** What may not stand below a junctor, with why. */
const structuralOnly: [keyof JsonSchema, string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function nestedCauses(schema: JsonSchema, path: string, junctors: Junctors): StatusCause[] {
  const { items, properties = {} } = schema;
  const none = { skipsAnyOf: false, skipsFirstAllOf: false };
  const propertiesPath = childPath(path, 'properties');
  const isSet = (value: unknown): boolean =>
    value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
  return [
    ...valueCauses(schema, path, junctors),
    ...(items ? nestedCauses(items, childPath(path, 'items'), none) : []),
    ...Object.entries(properties).flatMap(([key, each]) => nestedCauses(each, keyPath(propertiesPath, key), none)),
    ...structuralOnly
      .filter(([key]) => (key === 'default' ? schema.default !== undefined : isSet(schema[key])))
      .map(([key, detail]) => forbidden(childPath(path, key), detail)),
    ...(properties['metadata']
      ? [forbidden(keyPath(propertiesPath, 'metadata'), 'must not be specified in a nested context')]
      : []),
  ];
}
