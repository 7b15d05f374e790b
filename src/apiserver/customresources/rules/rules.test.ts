import { expect, test } from 'vitest';
import type { JsonSchema } from '../../../apis/definition.ts';
import { startTestServer } from '../../testing.ts';
import { crdPath, establish, schemaOfSpec, version, widgetDefinition, widgetsPath } from '../testing.ts';
import { ruleCauses } from './compile-rules.ts';
import { RuleValidator } from './validate-rules.ts';

const spec = (rest: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', ...rest } },
});
const lines = (causes: { field?: string; message?: string }[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);
const text: JsonSchema = { type: 'string', maxLength: 10 };

test.each<{ name: string; schema: JsonSchema; value: object; old?: object; causes: string[] }>([
  {
    name: 'rule holds -> nothing',
    schema: spec({ properties: { a: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.a > 1' }] }),
    value: { spec: { a: 2 } },
    causes: [],
  },
  {
    name: 'rule of an object -> its message, without the value',
    schema: spec({
      properties: { a: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.a > 1', message: 'too small' }],
    }),
    value: { spec: { a: 1 } },
    causes: ['spec: Invalid value: too small'],
  },
  {
    name: 'rule of a scalar -> the value, and the rule itself',
    schema: spec({ properties: { a: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 1' }] } } }),
    value: { spec: { a: 1 } },
    causes: ['spec.a: Invalid value: 1: failed rule: self > 1'],
  },
  {
    name: 'message expression, reason and field path',
    schema: spec({
      properties: { a: text },
      'x-kubernetes-validations': [
        { rule: "self.a != 'x'", messageExpression: "'not ' + self.a", reason: 'FieldValueForbidden', fieldPath: '.a' },
      ],
    }),
    value: { spec: { a: 'x' } },
    causes: ['spec.a: Forbidden: not x'],
  },
  {
    name: 'absent field -> an error of the rule',
    schema: spec({ properties: { a: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule: 'self.a > 1' }] }),
    value: { spec: {} },
    causes: ['spec: Invalid value: "object": no such key: a evaluating rule: self.a > 1'],
  },
  {
    name: 'transition rule on create -> not asked',
    schema: spec({
      properties: { a: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable' }] } },
    }),
    value: { spec: { a: 'x' } },
    causes: [],
  },
  {
    name: 'transition rule on update -> asked',
    schema: spec({
      properties: { a: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable' }] } },
    }),
    value: { spec: { a: 'x' } },
    old: { spec: { a: 'y' } },
    causes: ['spec.a: Invalid value: "x": immutable'],
  },
  {
    name: 'optional oldSelf -> asked on create too',
    schema: spec({
      properties: {
        a: {
          ...text,
          'x-kubernetes-validations': [
            { rule: "oldSelf.hasValue() || self == 'first'", optionalOldSelf: true, message: 'wrong start' },
          ],
        },
      },
    }),
    value: { spec: { a: 'x' } },
    causes: ['spec.a: Invalid value: "x": wrong start'],
  },
  {
    name: 'items of a list with keys -> compared with their old selves',
    schema: spec({
      properties: {
        l: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: {
            type: 'object',
            properties: { k: text, v: { type: 'integer' } },
            'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v', message: 'shrinks' }],
          },
        },
      },
    }),
    value: {
      spec: {
        l: [
          { k: 'new', v: 1 },
          { k: 'a', v: 1 },
        ],
      },
    },
    old: { spec: { l: [{ k: 'a', v: 2 }] } },
    causes: ['spec.l[1]: Invalid value: shrinks'],
  },
  {
    name: 'broken before and unchanged -> let pass',
    schema: spec({ properties: { a: text, b: text }, 'x-kubernetes-validations': [{ rule: "self.a == 'new'" }] }),
    value: { spec: { a: 'old' } },
    old: { spec: { a: 'old' } },
    causes: [],
  },
])('$name', ({ schema, value, old, causes }) => {
  expect(lines(new RuleValidator(schema).validate(value, old))).toEqual(causes);
});

test('broken before and unchanged -> warned of', () => {
  const schema = spec({ properties: { a: text }, 'x-kubernetes-validations': [{ rule: "self.a == 'new'" }] });
  const warned: string[] = [];
  const object = { spec: { a: 'old' } };
  expect(new RuleValidator(schema).validate(object, object, (line) => warned.push(line))).toEqual([]);
  expect(warned).toEqual(["spec: Invalid value: failed rule: self.a == 'new'"]);
});

const at = 'x';
test.each<{ name: string; schema: JsonSchema; causes: unknown[] }>([
  {
    name: 'no bool',
    schema: spec({ 'x-kubernetes-validations': [{ rule: '1' }] }),
    causes: [
      'x.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool',
    ],
  },
  {
    name: 'unknown field',
    schema: spec({ 'x-kubernetes-validations': [{ rule: 'self.b' }] }),
    causes: [
      'x.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.b","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'b\'\n | self.b\n | ....^',
    ],
  },
  {
    name: 'oldSelf in items of a list without keys',
    schema: spec({
      properties: {
        l: {
          type: 'array',
          maxItems: 3,
          items: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
        },
      },
    }),
    causes: [
      'x.properties[spec].properties[l].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within x.properties[spec].properties[l]',
    ],
  },
  {
    name: 'lists without bounds in lists without bounds',
    schema: spec({
      properties: { l: { type: 'array', items: { type: 'string' } } },
      'x-kubernetes-validations': [{ rule: 'self.l.all(a, self.l.all(b, a == b))' }],
    }),
    causes: [
      expect.stringContaining('estimated rule cost exceeds budget by factor of more than 100x'),
      expect.stringContaining(
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
      expect.stringContaining(
        'x: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x',
      ),
    ],
  },
  {
    name: 'the same with bounds',
    schema: spec({
      properties: { l: { type: 'array', maxItems: 10, items: text } },
      'x-kubernetes-validations': [{ rule: 'self.l.all(a, self.l.all(b, a == b))' }],
    }),
    causes: [],
  },
  {
    name: 'optionalOldSelf without oldSelf',
    schema: spec({ 'x-kubernetes-validations': [{ rule: 'true', optionalOldSelf: true }] }),
    causes: [
      'x.properties[spec].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
  },
])('a definition with: $name', ({ schema, causes }) => {
  expect(lines(ruleCauses(schema, at))).toEqual(causes);
});

test('the server compiles rules with the definition and applies them to objects', async () => {
  const server = await startTestServer();
  try {
    const rules = (rule: string) =>
      widgetDefinition({
        versions: [
          version(
            schemaOfSpec(
              { min: { type: 'integer' }, max: { type: 'integer' } },
              { 'x-kubernetes-validations': [{ rule, message: 'min is above max' }] },
            ),
          ),
        ],
      });
    const refused = await server.call(`POST ${crdPath}`, rules('self.nope'));
    expect(refused).toMatchObject({
      status: 422,
      json: { message: expect.stringContaining("undefined field 'nope'") },
    });
    await establish(server, rules('self.min <= self.max'));
    const bad = await server.call(`POST ${widgetsPath}`, { metadata: { name: 'a' }, spec: { min: 2, max: 1 } });
    expect(bad.json).toMatchObject({
      code: 422,
      message: 'Widget.example.com "a" is invalid: spec: Invalid value: min is above max',
    });
    const shape = await server.call(`POST ${widgetsPath}`, { metadata: { name: 'a' }, spec: { min: 'x', max: 1 } });
    expect(shape.json.message).toContain('some validation rules were not checked because the object was invalid');
    await server.create(widgetsPath, { metadata: { name: 'a' }, spec: { min: 1, max: 1 } });
  } finally {
    await server.stop();
  }
});
