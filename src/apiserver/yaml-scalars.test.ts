// Are the words of a body in YAML what they are upstream?

import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { finite, goTags } from './yaml-scalars.ts';

const read = (text: string): unknown => parseDocument(text, { customTags: goTags }).toJS();

test.each<[text: string, value: unknown]>([
  ['y', true],
  ['Yes', true],
  ['ON', true],
  ['True', true],
  ['n', false],
  ['off', false],
  ['nO', 'nO'],
  ['"y"', 'y'],
  ['0644', 0o644],
  ['0o17', 15],
  ['-012', -10],
  ['0888', 888],
  ['0b11', 3],
  ['0x1F', 31],
  ['1_000', 1000],
  ['1_0.5', 10.5],
  ['.5', 0.5],
  ['.5_0', '.5_0'],
  ['-.5_0', -0.5],
  ['1.', 1],
  ['+5', 5],
  ['1e3', 1000],
  ['0', 0],
  ['1e', '1e'],
  ['0b2', '0b2'],
  ['1:30', '1:30'],
  ['2001-01-01', '2001-01-01'],
  ['1.2.3', '1.2.3'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['5Gi', '5Gi'],
  ['-', [null]],
  ['~', null],
  ['!!str 5', '5'],
  ['{0644: y}', { 420: true }],
  ['y: n', { true: false }],
])('%s -> %j', (text, value) => {
  expect(read(text)).toEqual(value);
});

test.each([
  ['.inf', '+Inf'],
  ['-.Inf', '-Inf'],
  ['.nan', 'NaN'],
])('%s -> no JSON', (text, shown) => {
  expect(() => JSON.stringify(read(text), finite)).toThrow(`json: unsupported value: ${shown}`);
});
