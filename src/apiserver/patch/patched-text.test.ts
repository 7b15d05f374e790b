// Is what a patch has made written as upstream's library writes it, and is a patch the same when it is applied again?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WrittenNumber } from '../../apimachinery/written-number.ts';
import { applyJsonPatch, type JsonPatchOperation } from './json-patch.ts';
import { mergedText, PatchedText } from './patched-text.ts';
import { textsOfJson } from './texts-of-json.ts';

const parsed = (text: string): JsonPatchOperation[] => JSON.parse(text) as JsonPatchOperation[];

function textAfter(document: object, patch: string): string {
  const operations = parsed(patch);
  const text = new PatchedText(operations, patch);
  return text.of(applyJsonPatch(document, operations, text));
}

test.each<{ name: string; patch: string; want: string }>([
  {
    name: 'a value that is added -> as it was written',
    patch: '[{"op":"add","path":"/z","value":{"c":1,"a":{"d":1,"b":2}}}]',
    want: '{"b":{"y":1,"x":2},"z":{"c":1,"a":{"d":1,"b":2}}}',
  },
  {
    name: 'a field that it names twice -> twice',
    patch: '[{"op":"add","path":"/z","value":[{"c":1,"a":2,"c":3}]}]',
    want: '{"b":{"y":1,"x":2},"z":[{"c":1,"a":2,"c":3}]}',
  },
  {
    name: 'an operation reaches into it -> sorted, once, and not what is below',
    patch:
      '[{"op":"add","path":"/z","value":{"c":{"e":1,"d":1,"e":2},"a":2,"a":3}},{"op":"add","path":"/z/b","value":1}]',
    want: '{"b":{"y":1,"x":2},"z":{"a":3,"b":1,"c":{"e":1,"d":1,"e":2}}}',
  },
  {
    name: 'a copy -> written as what it was made of',
    patch:
      '[{"op":"add","path":"/z","value":{"c":{"e":1,"d":1},"a":2}},{"op":"add","path":"/z/b","value":1},{"op":"copy","from":"/z","path":"/y"}]',
    want: '{"b":{"y":1,"x":2},"y":{"a":2,"b":1,"c":{"e":1,"d":1}},"z":{"a":2,"b":1,"c":{"e":1,"d":1}}}',
  },
  {
    name: 'a test -> has read all that it compares',
    patch: '[{"op":"test","path":"/b","value":{"x":2,"y":1}}]',
    want: '{"b":{"x":2,"y":1}}',
  },
])('a JSON patch, $name', ({ patch, want }) => {
  expect(textAfter({ b: { y: 1, x: 2 } }, patch)).toBe(want);
});

test('a merge patch -> what it says something of is sorted, and numbers stay as they were written', () => {
  const patch = { z: { c: new WrittenNumber('1.0'), a: [{ f: 1, e: 1 }] } };
  const document = { y: { d: 1, b: 1 }, ...patch };
  expect(mergedText(document, patch)).toBe('{"y":{"d":1,"b":1},"z":{"a":[{"e":1,"f":1}],"c":1.0}}');
});

test('a JSON patch that reaches into its own values -> the same when it is applied again', () => {
  const operations = parsed('[{"op":"add","path":"/list","value":[]},{"op":"add","path":"/list/-","value":{"a":1}}]');
  for (const _time of [1, 2]) expect(applyJsonPatch({}, operations)).toEqual({ list: [{ a: 1 }] });
});

test('law: a text that names nothing twice has the texts of all its parts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const read: unknown = JSON.parse(text);
      for (const [part, own] of textsOfJson(text, read)) expect(JSON.parse(own)).toEqual(part);
      const isWhole = typeof read !== 'object' || read === null || textsOfJson(text, read).get(read) === text;
      expect(isWhole).toBe(true);
    }),
  );
});
