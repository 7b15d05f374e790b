// Does a JSON path name a field that the schema has? The paths of selectable fields and of CEL rules.
// Source: apiextensions-apiserver/pkg/apiserver/schema/cel ValidFieldPath.

import type { JsonSchema } from '../../../apis/definition.ts';
import { childPath, keyPath } from '../paths.ts';

export type FieldPath =
  | { ok: true; path: string; steps: string[]; schema: JsonSchema }
  | { ok: false; problem: string };

const tokens = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+/g;
const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/** Follows `.spec.limits['cpu']` from `schema`. */
export function resolveFieldPath(
  jsonPath: string,
  schema: JsonSchema,
  { allowsArrayNotation }: { allowsArrayNotation: boolean },
): FieldPath {
  const words = jsonPath.match(tokens) ?? [];
  let [at, current] = ['', schema];
  const steps: string[] = [];
  const fail = (problem: string): FieldPath => ({ ok: false, problem });
  for (let i = 0; i < words.length; ) {
    const opening = words[i];
    if (opening !== '.' && opening !== '[') return fail(`expected [ or . but got: ${opening}`);
    if (opening === '[' && !allowsArrayNotation) return fail('array notation is not allowed');
    const word = words[i + 1];
    if (word === undefined) return fail('unexpected end of JSON path');
    let name = word;
    if (opening === '[') {
      if (!/^'.*'$/s.test(word)) return fail(`expected single quoted string but got ${word}`);
      const unescaped = unescapeQuoted(word.slice(1, -1));
      if (unescaped === undefined) return fail(`invalid string literal: invalid escape char ${word}`);
      name = unescaped;
    }
    const next = step(current, name);
    if (!next) return fail('does not refer to a valid field');
    steps.push(name);
    at = next.isNamed ? childPath(at, name) : keyPath(at, name);
    current = next.schema;
    if (opening === '[') {
      if (words[i + 2] === undefined) return fail('unexpected end of JSON path');
      if (words[i + 2] !== ']') return fail(`expected ] but got ${words[i + 2]}`);
    }
    i += opening === '[' ? 3 : 2;
  }
  return { ok: true, path: at, steps, schema: current };
}

function step(
  { properties, additionalProperties }: JsonSchema,
  name: string,
): { schema: JsonSchema; isNamed: boolean } | undefined {
  if (properties) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return schema && { schema, isNamed: true };
  }
  return typeof additionalProperties === 'object' ? { schema: additionalProperties, isNamed: false } : undefined;
}

function unescapeQuoted(text: string): string | undefined {
  let isValid = true;
  const unescaped = text.replace(/\\./gs, (escape) => {
    const character = escapes[escape[1] ?? ''];
    isValid &&= character !== undefined;
    return character ?? '';
  });
  return isValid ? unescaped : undefined;
}
