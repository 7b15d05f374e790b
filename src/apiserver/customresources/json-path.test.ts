import { expect, test } from 'vitest';
import { findByJsonPath, JsonPathError, parseJsonPath } from './json-path.ts';

const object = {
  metadata: { annotations: { 'a.b/c': 'dotted' }, name: 'n' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', n: 1 },
      { type: 'Other', status: 'False', n: 5 },
    ],
    list: [1, 2, 3, 4],
  },
};

test.each<[path: string, found: unknown[]]>([
  ['.metadata.name', ['n']],
  ['.metadata.nothing.below', []],
  ['.metadata.annotations.a\\.b/c', ['dotted']],
  [".metadata.annotations['a.b/c']", ['dotted']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type=='Nope')].status", []],
  ['.status.conditions[?(@.n > 2)].type', ['Other']],
  ['.status.conditions[*].type', ['Ready', 'Other']],
  ['.status.conditions[-1].type', ['Other']],
  ['.status.list[0,2]', [1, 3]],
  ['.status.list[1:3]', [2, 3]],
  ['.status..type', ['Ready', 'Other']],
  ['.', [object]],
])('%s -> %j', (path, found) => {
  expect(findByJsonPath(parseJsonPath(path), object)).toEqual(found);
});

test.each(['.a[', '.a[x]', '.a[?(1==1)]'])('%s -> refused', (path) => {
  expect(() => parseJsonPath(path)).toThrow(JsonPathError);
});
