// Is YAML written as by Go's library? What is wanted here was printed by sigs.k8s.io/yaml 1.6.0.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { goTags } from '../yaml-scalars.ts';
import { goYaml } from './go-yaml.ts';

const wide = `${'a'.repeat(50)} ${'b'.repeat(40)} c d`;

test.each<[what: string, value: unknown, want: string]>([
  ['a dot as a key', { 'f:data': { '.': {}, 'f:a': {} } }, 'f:data:\n  .: {}\n  f:a: {}\n'],
  [
    'lists below their key',
    { a: ['x', { b: 1, c: [[]] }, ['y', 'z']] },
    'a:\n- x\n- b: 1\n  c:\n  - []\n- - "y"\n  - z\n',
  ],
  [
    'words that mean more',
    ['yes', '', '~', '0x1F', '1_0', '.5', '.5_0', '1:30', '<<'],
    '- "yes"\n- ""\n- "~"\n- "0x1F"\n- "1_0"\n- ".5"\n- .5_0\n- "1:30"\n- <<\n',
  ],
  [
    'times',
    ['2020-01-02', '2020-02-30', '2026-11-26T19:13:05.12Z'],
    '- "2020-01-02"\n- 2020-02-30\n- "2026-11-26T19:13:05.12Z"\n',
  ],
  [
    'hexadecimal numbers, and what is too long to be one',
    ['0xFFFFFFFFFFFFFFFF', '0x10000000000000000'],
    '- "0xFFFFFFFFFFFFFFFF"\n- 0x10000000000000000\n',
  ],
  [
    'marks of YAML',
    ['- a', 'a: b', 'a #b', '?', '-', "it's", '@', '---a', ' a'],
    "- '- a'\n- 'a: b'\n- 'a #b'\n- '?'\n- '-'\n- it's\n- '@'\n- '---a'\n- ' a'\n",
  ],
  [
    'lines',
    { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: ' x\n', e: 'x \n', f: '\n' },
    'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\ne: "x \\n"\nf: |2+\n\n',
  ],
  [
    'characters that are escaped',
    ['\t', '😀', 'é', '\u0085', '\ufeffa'],
    '- "\\t"\n- "\\U0001F600"\n- é\n- "\\N"\n- "\\uFEFF\\x61"\n',
  ],
  [
    'a line that is too wide',
    { a: wide, b: `${wide}:`, c: `${wide}\t` },
    `a: ${wide.slice(0, 91)}\n  c d\nb: '${wide.slice(0, 91)}\n  c d:'\nc: "${wide.slice(0, 91)}\n  c d\\t"\n`,
  ],
  [
    'a key that is too long, or has lines',
    { ['k'.repeat(129)]: 1, ['k'.repeat(128)]: 1, 'a\nb': { c: 2 } },
    `? |-\n  a\n  b\n: c: 2\n${'k'.repeat(128)}: 1\n? ${'k'.repeat(129)}\n: 1\n`,
  ],
  [
    'numbers',
    [1e21, 1.5, 1234567.5, 1e-7, -0.0001, 2 ** 60],
    '- 1e+21\n- 1.5\n- 1.2345675e+06\n- 1e-07\n- -0.0001\n- 1152921504606847000\n',
  ],
  [
    'keys in order',
    { b: 1, a10: 1, a9: 1, A: 1, _: 1, '-': 1, 1: 1, é: 1, a: 1 },
    '\'-\': 1\n_: 1\n"1": 1\nA: 1\na: 1\na9: 1\na10: 1\nb: 1\né: 1\n',
  ],
  ['nothing', {}, '{}\n'],
])('%s', (_what, value, want) => {
  expect(goYaml(value)).toBe(want);
});

test('what is written is read as what it was', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !/\\u|[\u0080-\u009f]/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(json, (value) => {
      const read: unknown = parse(goYaml({ value }), { customTags: goTags, uniqueKeys: false });
      expect(read).toEqual(JSON.parse(JSON.stringify({ value })));
    }),
  );
});
