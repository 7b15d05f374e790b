import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonSchema } from '../../../apis/definition.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { applyDefaults } from './defaults.ts';
import { hasFormat } from './formats.ts';
import { validateListTypes } from './list-types.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate.ts';

const object = (properties: Record<string, JsonSchema>, rest: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...rest,
});
const text: JsonSchema = { type: 'string' };
const integer: JsonSchema = { type: 'integer' };
const keepAll: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true };

test.each<{ name: string; schema: JsonSchema; value: unknown; causes: string[] }>([
  {
    name: 'wrong type',
    schema: object({ x: integer }),
    value: { x: 'a' },
    causes: ['x: Invalid value: "string": x in body must be of type integer: "string"'],
  },
  {
    name: 'more than 64 bits hold, for a whole number or a text',
    schema: object({ x: { 'x-kubernetes-int-or-string': true } }),
    value: { x: 2 ** 63 },
    causes: ['x: Invalid value: "number": x in body must be of type integer,string: "number"'],
  },
  {
    name: 'fraction for a whole number',
    schema: object({ x: integer }),
    value: { x: 1.5 },
    causes: [
      'x: Invalid value: "number": x in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in x',
    ],
  },
  {
    name: 'bound that is no number of its type -> told, too',
    schema: object({ x: { ...integer, format: 'int32', maximum: 0.5 } }),
    value: { x: 3 },
    causes: [
      '<nil>: Invalid value: "": Maximum boundary value must be of type integer with format int32 in x',
      'x: Invalid value: 3: x in body should be less than or equal to 0.5',
    ],
  },
  {
    name: 'factor below zero',
    schema: object({ x: { ...integer, multipleOf: -1 } }),
    value: { x: 3 },
    causes: ['x: Invalid value: -1: factor MultipleOf declared for x must be positive: -1'],
  },
  {
    name: 'whole number and a bound with a fraction -> the fraction does not count',
    schema: object({ x: { type: 'number', minimum: 0.5 } }),
    value: { x: 0 },
    causes: [],
  },
  { name: 'whole number for a number', schema: object({ x: { type: 'number' } }), value: { x: 1 }, causes: [] },
  {
    name: 'null where it is allowed',
    schema: object({ x: { ...integer, nullable: true } }),
    value: { x: null },
    causes: [],
  },
  {
    name: 'null where it is not',
    schema: object({ x: integer }),
    value: { x: null },
    causes: ['x: Invalid value: "null": x in body must be of type integer: "null"'],
  },
  {
    name: 'missing field',
    schema: object({ x: object({}, { required: ['y'] }) }),
    value: { x: {} },
    causes: ['x.y: Required value'],
  },
  {
    name: 'int or string',
    schema: object({ x: { 'x-kubernetes-int-or-string': true } }),
    value: { x: true },
    causes: ['x: Invalid value: "boolean": x in body must be of type integer,string: "boolean"'],
  },
  {
    name: 'enumeration',
    schema: object({ x: { ...text, enum: ['a', 'b'] } }),
    value: { x: 'c' },
    causes: ['x: Unsupported value: "c": supported values: "a", "b"'],
  },
  {
    name: 'bounds',
    schema: object({ x: { ...integer, minimum: 1 }, y: { ...integer, maximum: 3, exclusiveMaximum: true } }),
    value: { x: 0, y: 3 },
    causes: [
      'x: Invalid value: 0: x in body should be greater than or equal to 1',
      'y: Invalid value: 3: y in body should be less than 3',
    ],
  },
  {
    name: 'multiple',
    schema: object({ x: { ...integer, multipleOf: 5 } }),
    value: { x: 7 },
    causes: ['x: Invalid value: 7: x in body should be a multiple of 5'],
  },
  {
    name: 'too long, in characters',
    schema: object({ x: { ...text, maxLength: 2 }, y: { ...text, maxLength: 2 } }),
    value: { x: 'abc', y: '😀😀' },
    causes: ['x: Too long: may not be more than 2 bytes'],
  },
  {
    name: 'too short',
    schema: object({ x: { ...text, minLength: 2 } }),
    value: { x: 'a' },
    causes: ['x: Invalid value: "a": x in body should be at least 2 chars long'],
  },
  {
    name: 'pattern',
    schema: object({ x: { ...text, pattern: '^[a-z]+$' } }),
    value: { x: 'A' },
    causes: ['x: Invalid value: "A": x in body should match \'^[a-z]+$\''],
  },
  {
    name: 'format',
    schema: object({ x: { ...text, format: 'ipv4' } }),
    value: { x: '1.2.3' },
    causes: ['x: Invalid value: "1.2.3": x in body must be of type ipv4: "1.2.3"'],
  },
  {
    name: 'too many items',
    schema: object({ x: { type: 'array', items: text, maxItems: 1 } }),
    value: { x: ['a', 'b'] },
    causes: ['x: Too many: 2: must have at most 1 item'],
  },
  {
    name: 'item',
    schema: object({ x: { type: 'array', items: text } }),
    value: { x: ['a', 1] },
    causes: ['x[1]: Invalid value: "integer": x[1] in body must be of type string: "integer"'],
  },
  {
    name: 'value of a map',
    schema: object({ x: { type: 'object', additionalProperties: integer } }),
    value: { x: { k: 'v' } },
    causes: ['x.k: Invalid value: "string": x.k in body must be of type integer: "string"'],
  },
  {
    name: 'none of anyOf',
    schema: object({ x: { ...integer, anyOf: [{ minimum: 5 }, { maximum: 1 }] } }),
    value: { x: 3 },
    causes: [
      '<nil>: Invalid value: "": "x" must validate at least one schema (anyOf)',
      'x: Invalid value: 3: x in body should be greater than or equal to 5',
    ],
  },
  {
    name: 'both of oneOf',
    schema: object({ x: { ...integer, oneOf: [{ minimum: 1 }, { maximum: 5 }] } }),
    value: { x: 3 },
    causes: ['<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  },
  {
    name: 'not',
    schema: object({ x: { ...integer, not: { enum: [3] } } }),
    value: { x: 3 },
    causes: ['<nil>: Invalid value: "": "x" must not validate the schema (not)'],
  },
])('validateValue: $name', ({ schema, value, causes }) => {
  expect(validateValue(value, schema).map(({ field, message }) => `${field}: ${message}`)).toEqual(causes);
});

test('what was wrong before and stays the same is let pass, anything else is not', () => {
  const before = { list: [{ name: 'a', size: 9 }], mode: 'old' };
  const strict = object({
    mode: { ...text, enum: ['new'] },
    list: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: object({ name: text, size: { ...integer, maximum: 5 } }),
    },
  });
  const now = {
    list: [
      { name: 'b', size: 1 },
      { name: 'a', size: 9 },
    ],
    mode: 'old',
  };
  expect(validateValue(now, strict, { old: before })).toEqual([]);
  expect(validateValue({ ...now, mode: 'other' }, strict, { old: before })).toHaveLength(1);
  expect(validateValue(now, strict)).toHaveLength(2);
});

test.each<{ name: string; schema: JsonSchema; value: object; kept: object; unknown: string[] }>([
  {
    name: 'unknown field',
    schema: object({ spec: object({ a: text }) }),
    value: { kind: 'K', spec: { a: 'x', b: 1 } },
    kept: { kind: 'K', spec: { a: 'x' } },
    unknown: ['spec.b'],
  },
  {
    name: 'unknown field that is kept, known ones below it pruned',
    schema: object({ spec: object({ a: object({}) }, keepAll) }),
    value: { spec: { a: { x: 1 }, b: { c: 1 } } },
    kept: { spec: { a: {}, b: { c: 1 } } },
    unknown: ['spec.a.x'],
  },
  {
    name: 'map',
    schema: object({ m: { type: 'object', additionalProperties: object({ a: text }) } }),
    value: { m: { k: { a: 'x', b: 1 } } },
    kept: { m: { k: { a: 'x' } } },
    unknown: ['m.k.b'],
  },
  {
    name: 'items',
    schema: object({ l: { type: 'array', items: object({ a: text }) } }),
    value: { l: [{ b: 1 }, { a: 'x' }] },
    kept: { l: [{}, { a: 'x' }] },
    unknown: ['l[0].b'],
  },
  {
    name: 'metadata of an embedded resource',
    schema: object({ e: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
    value: { e: { kind: 'K', metadata: { name: 'n' }, spec: { x: 1 }, y: 2 } },
    kept: { e: { kind: 'K', metadata: { name: 'n' }, spec: {} } },
    unknown: ['e.spec.x', 'e.y'],
  },
])('prune: $name', ({ schema, value, kept, unknown }) => {
  const pruned = cloneJson(value);
  expect(prune(pruned, schema, { isResourceRoot: true })).toEqual(unknown);
  expect(pruned).toEqual(kept);
});

test.each<{ name: string; schema: JsonSchema; value: object; want: object }>([
  { name: 'absent field', schema: object({ a: { ...text, default: 'x' } }), value: {}, want: { a: 'x' } },
  {
    name: 'null becomes the default',
    schema: object({ a: { ...text, default: 'x' } }),
    value: { a: null },
    want: { a: 'x' },
  },
  {
    name: 'null stays where it is allowed',
    schema: object({ a: { ...text, default: 'x', nullable: true } }),
    value: { a: null },
    want: { a: null },
  },
  { name: 'null without a default goes', schema: object({ a: text }), value: { a: null }, want: {} },
  {
    name: 'below a default',
    schema: object({ a: object({ b: { ...integer, default: 1 } }, { default: {} }) }),
    value: {},
    want: { a: { b: 1 } },
  },
  {
    name: 'nothing is made up below an absent object',
    schema: object({ a: object({ b: { ...integer, default: 1 } }) }),
    value: {},
    want: {},
  },
  {
    name: 'items and values of maps',
    schema: object({
      l: { type: 'array', items: object({ b: { ...integer, default: 1 } }) },
      m: { type: 'object', additionalProperties: object({ b: { ...integer, default: 1 } }) },
    }),
    value: { l: [{}], m: { k: {} } },
    want: { l: [{ b: 1 }], m: { k: { b: 1 } } },
  },
])('applyDefaults: $name', ({ schema, value, want }) => {
  const filled = cloneJson(value);
  applyDefaults(filled, schema);
  expect(filled).toEqual(want);
});

test.each<{ name: string; type: 'set' | 'map'; keys?: string[]; list: unknown[]; causes: string[] }>([
  { name: 'set', type: 'set', list: ['a', 'b', 'a', 'a'], causes: ['[2]: Duplicate value: "a"'] },
  {
    name: 'one key',
    type: 'map',
    keys: ['k'],
    list: [{ k: 1 }, { k: 2 }, { k: 1 }],
    causes: ['[2]: Duplicate value: {"k":1}'],
  },
  {
    name: 'two keys',
    type: 'map',
    keys: ['k', 'l'],
    list: [
      { k: 1, l: 1 },
      { k: 1, l: 2 },
      { k: 1, l: 1 },
    ],
    causes: ['[2]: Duplicate value: {"k":1,"l":1}'],
  },
  {
    name: 'no object',
    type: 'map',
    keys: ['k'],
    list: [1],
    causes: ['[0]: Invalid value: 1: must be an object for an array of list-type map'],
  },
])('validateListTypes: $name', ({ type, keys, list, causes }) => {
  const schema: JsonSchema = {
    type: 'array',
    'x-kubernetes-list-type': type,
    ...(keys && { 'x-kubernetes-list-map-keys': keys }),
  };
  expect(validateListTypes(list, schema).map(({ field, message }) => `${field}: ${message}`)).toEqual(causes);
});

test.each<[format: string, good: string[], bad: string[]]>([
  ['date-time', ['2014-12-15T19:30:20.000Z', '2014-12-15T19:30:20+01:00'], ['2014-13-15T19:30:20Z', 'now']],
  ['date', ['2024-02-29'], ['2023-02-29', '2024-1-1']],
  ['duration', ['1h30m', '22 ns', '0'], ['1 fortnight', '']],
  ['uri', ['https://a/b', '/path'], ['a b']],
  ['hostname', ['a.example.com', 'localhost'], ['-a', 'a_b.com']],
  ['ipv6', ['::1'], ['1.2.3.4']],
  ['cidr', ['10.0.0.0/8', 'fd00::/8'], ['10.0.0.0/33', '10.0.0.0']],
  ['mac', ['01:23:45:67:89:ab'], ['01:23']],
  ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['123']],
  ['byte', ['aGk='], ['a', '*']],
  ['hexcolor', ['#fff'], ['#ggg']],
  ['rgbcolor', ['rgb(0,10,255)'], ['rgb(0,0,256)']],
  ['isbn10', ['0321751043'], ['0321751044']],
  ['isbn13', ['978-0321751041'], ['978-0321751042']],
  ['creditcard', ['4111111111111111'], ['4111111111111112']],
  ['ssn', ['078-05-1120'], ['078-05-112']],
  ['k8s-short-name', ['my-name'], ['my.name', 'A']],
  ['k8s-long-name', ['my.name'], ['-a']],
  ['unknown-format', ['anything'], []],
])('hasFormat: %s', (format, good, bad) => {
  expect(good.filter((each) => !hasFormat(format, each))).toEqual([]);
  expect(bad.filter((each) => hasFormat(format, each))).toEqual([]);
});

const keys = fc.constantFrom('a', 'b', 'c');
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 1, 'x', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  ),
})).value;
const anySchema = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonSchema>(
      { type: 'string' },
      { type: 'integer', default: 1 },
      { type: 'string', nullable: true },
      keepAll,
    ),
    fc.dictionary(keys, tie('schema'), { maxKeys: 3 }).map((properties) => object(properties)),
    fc.dictionary(keys, tie('schema'), { maxKeys: 3 }).map((properties) => object(properties, { default: {} })),
    tie('schema').map((items): JsonSchema => ({ type: 'array', items })),
    tie('schema').map((additionalProperties): JsonSchema => ({ type: 'object', additionalProperties })),
  ),
})).schema;

test('pruning and defaulting are idempotent', () => {
  fc.assert(
    fc.property(anyValue, anySchema, (value, schema) => {
      const once = cloneJson(value);
      prune(once, schema, { isResourceRoot: false });
      const twice = cloneJson(once);
      expect(prune(twice, schema, { isResourceRoot: false })).toEqual([]);
      expect(twice).toEqual(once);
      applyDefaults(once, schema);
      const again = cloneJson(once);
      applyDefaults(again, schema);
      expect(again).toEqual(once);
    }),
  );
});
