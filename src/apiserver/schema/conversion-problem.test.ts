// In which words is a value refused that a strategic merge patch puts where it does not fit?

import { expect, test } from 'vitest';
import { builtinSchemas } from '../../apis/builtin.ts';
import { convertedInteger } from './conversion-problem.ts';
import { decode } from './decode.ts';
import { Schemas } from './schemas.ts';

const schemas = new Schemas(builtinSchemas);

test.each<[string, object, string]>([
  ['a struct from a number', { spec: 5 }, 'cannot restore struct from: int64'],
  ['a struct from a list', { spec: [] }, 'cannot restore struct from: slice'],
  ['a map from a text', { metadata: { labels: 'x' } }, 'cannot restore map from string'],
  ['a list from a map', { spec: { containers: {} } }, 'cannot restore slice from map'],
  ['a text from a whole number', { spec: { nodeName: 5 } }, 'cannot convert int64 to string'],
  ['a text with a type of its own', { spec: { dnsPolicy: 5 } }, 'cannot convert int64 to v1.DNSPolicy'],
  ['a text from a fraction', { spec: { nodeName: 1.5 } }, 'unrecognized type: string'],
  ['a number from a text', { spec: { priority: 'x' } }, 'unrecognized type: int32'],
  ['a number from a fraction', { spec: { priority: 1.5 } }, 'cannot convert float64 to int32'],
  ['a boolean from a text', { spec: { hostNetwork: 'x' } }, 'unrecognized type: bool'],
])('%s: %j -> %s', (_what, value, problem) => {
  const options = { schemas, schemaName: 'io.k8s.api.core.v1.Pod', isConverted: true };
  expect(decode(value, options).problem).toBe(problem);
});

test.each([
  [2147483648, 32, -2147483648],
  [4294967297, 32, 1],
  [1e10, 32, 1410065408],
  [-2147483649, 32, 2147483647],
  [1e21, 32, 0],
  [1e21, 64, -(2 ** 63)],
  [2 ** 63, 64, 2 ** 63],
] as const)('%d as an integer of %d bits -> %d', (value, bits, want) => {
  expect(convertedInteger(value, bits)).toBe(want);
});

test('unknown fields of schemas in a definition -> without the names of properties if they are converted, and with them if they are read', () => {
  const odd = { type: 'string', odd: 1 };
  const schema = { openAPIV3Schema: { properties: { a: odd, b: { properties: { c: odd } } } } };
  const definition = { spec: { versions: [{ name: 'v1', schema, subresources: { status: { odd: 1 } } }] } };
  const schemaName = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
  const told = (isConverted: boolean): string[] =>
    decode(definition, { schemas, schemaName, isConverted }).unknownFields.map((path) =>
      path.replace('spec.versions[0].', '').replace('schema.openAPIV3Schema.', ''),
    );
  expect(told(true)).toEqual(['properties.odd', 'properties.properties.odd', 'subresources.status.odd']);
  expect(told(false)).toEqual(['properties.a.odd', 'properties.b.properties.c.odd', 'subresources.status.odd']);
});
