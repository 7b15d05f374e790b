import { expect, test } from 'vitest';
import type { JsonSchema } from '../../apis/definition.ts';
import { componentOf, customComponentOf } from './version-three.ts';

const core = 'io.k8s.api.core.v1';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const around = (name: string): object => ({ allOf: [reference(name)] });

test.each<{ name: string; of: string; schema: JsonSchema; want: object }>([
  {
    name: 'what Go always writes -> its zero as default, also of items',
    of: `${core}.Container`,
    schema: {
      properties: {
        name: { type: 'string' },
        image: { type: 'string' },
        resources: reference(`${core}.ResourceRequirements`),
        livenessProbe: reference(`${core}.Probe`),
        command: { type: 'array', items: { type: 'string' } },
      },
    },
    want: {
      properties: {
        name: { type: 'string', default: '' },
        image: { type: 'string' },
        resources: { default: {}, ...around(`${core}.ResourceRequirements`) },
        livenessProbe: reference(`${core}.Probe`),
        command: { type: 'array', items: { type: 'string', default: '' } },
      },
    },
  },
  {
    name: 'metadata always, times never',
    of: `${core}.Event`,
    schema: { properties: { metadata: reference(`${meta}.ObjectMeta`), firstTimestamp: reference(`${meta}.Time`) } },
    want: {
      properties: {
        metadata: { default: {}, ...around(`${meta}.ObjectMeta`) },
        firstTimestamp: reference(`${meta}.Time`),
      },
    },
  },
  {
    name: 'a quantity -> of either type',
    of: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: { type: 'string' },
    want: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  },
])('componentOf: $name', ({ of, schema, want }) => {
  expect(componentOf(of, schema)).toEqual(want);
});

test('customComponentOf: the defaults of the client alone; a count or text is either', () => {
  const schema: JsonSchema = {
    properties: { port: { 'x-kubernetes-int-or-string': true }, name: { type: 'string', default: 'a' } },
  };
  expect(customComponentOf(schema)).toEqual({
    properties: {
      port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      name: { type: 'string', default: 'a' },
    },
  });
});
