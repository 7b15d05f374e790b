import { expect, test } from 'vitest';
import type { JsonSchema } from '../../apis/definition.ts';
import { conform } from './conform.ts';
import { Schemas } from './schemas.ts';

const custom: JsonSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        mode: { type: 'string', enum: ['A', 'B'], default: 'A' },
        name: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 4 },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};
const customSchemas = new Schemas(() => ({ Custom: custom }));

test.each<{ name: string; spec: object; want?: object; causes?: string[] }>([
  { name: 'default -> filled in', spec: { size: 1 }, want: { size: 1, mode: 'A' } },
  {
    name: 'unknown fields where they are preserved -> kept',
    spec: { size: 1, free: { x: { y: 1 } } },
    want: { size: 1, mode: 'A', free: { x: { y: 1 } } },
  },
  { name: 'required field absent -> violation', spec: {}, causes: ['spec.size: Required value'] },
  {
    name: 'out of bounds -> violation',
    spec: { size: 10 },
    causes: ['spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9'],
  },
  {
    name: 'not in the enumeration -> violation',
    spec: { size: 1, mode: 'C' },
    causes: ['spec.mode: Unsupported value: "C": supported values: "A", "B"'],
  },
  {
    name: 'pattern and length -> violations',
    spec: { size: 1, name: 'A' },
    causes: [
      'spec.name: Invalid value: "A": spec.name in body should be at least 2 chars long',
      'spec.name: Invalid value: "A": spec.name in body should match \'^[a-z]+$\'',
    ],
  },
  {
    name: 'wrong type -> violation',
    spec: { size: 'x' },
    causes: ['spec.size: Invalid value: "x": spec.size in body must be of type integer: "string"'],
  },
])('conform, custom resource: $name', ({ spec, want, causes = [] }) => {
  const fitted = conform({ spec }, { schemas: customSchemas, schemaName: 'Custom', isCustom: true });
  if (want) expect(fitted.value).toEqual({ spec: want });
  const all = [...fitted.violations, ...fitted.typeErrors];
  expect(all.map(({ field, message }) => `${field}: ${message}`)).toEqual(expect.arrayContaining(causes));
  expect(all.length === 0).toBe(causes.length === 0);
});
