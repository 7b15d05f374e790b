import { expect, test } from 'vitest';
import { withSentEmpties } from '../../apimachinery/sent-empty.ts';
import { builtinSchemas } from '../../apis/builtin.ts';
import { decode } from './decode.ts';
import { Schemas } from './schemas.ts';

const schemas = new Schemas(builtinSchemas);
const schemaName = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

test.each<{ name: string; sent: object; read: object; told?: object; unknown?: string[] }>([
  { name: 'empty lists and maps -> absent, and told', sent: { allOf: [], dependencies: {} }, read: {} },
  {
    name: 'deep below',
    sent: { properties: { a: { items: { allOf: [{ required: [] }] } } } },
    read: { properties: { a: { items: { allOf: [{}] } } } },
  },
  {
    name: 'a schema in place of a list or a truth value -> read as a schema, in silence',
    sent: { items: { type: 'string', foo: 1 }, additionalProperties: { bar: 1 }, baz: 1 },
    read: { items: { type: 'string' }, additionalProperties: {} },
    told: { items: { type: 'string' }, additionalProperties: {} },
    unknown: ['baz'],
  },
  {
    name: 'nothing is empty -> the same',
    sent: { type: 'object', required: ['a'] },
    read: { type: 'object', required: ['a'] },
  },
])('what is sent empty: $name', ({ sent, read, told = sent, unknown = [] }) => {
  const { value, unknownFields } = decode(sent, { schemas, schemaName });
  expect(value).toEqual(read);
  expect(unknownFields).toEqual(unknown);
  expect(withSentEmpties(value)).toEqual(told);
});
