import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { plainYaml } from './plain-yaml.ts';

const read = (text: string) => plainYaml(text.split('\n'));

// As kubectl writes them: lists at the indent of their map, long text broken over lines.
test.each<{ name: string; text: string }>([
  { name: 'maps and lists', text: 'a:\n  b: 1\n  c:\n  - x\n  - y: 2\n    z: null\nd: []\ne: {}' },
  { name: 'indented lists', text: 'a:\n  - b: 1\n    c: 2\n  -   d: 3\n      e: 4\n  - - 1\n    - 2' },
  { name: 'a whole document that is indented', text: '  a: 1\n  b:\n  - c' },
  { name: 'empty values', text: 'a:\nb:\n  c:\nd:\n- \n- e:' },
  {
    name: 'numbers, booleans, nothing',
    text: 'a: 1\nb: -2.5\nc: 1e3\nd: true\ne: False\nf: ~\ng: +7\nh: 0123\ni: .5\nj: 5.',
  },
  {
    name: 'words that look like others',
    text: 'a: yes\nb: on\nc: 10Gi\nd: 1.2.3\ne: 2026-06-01T12:00:00Z\nf: -x\ng: nullable',
  },
  { name: 'quotes', text: 'a: "x\\n\\"y\\""\nb: \'it\'\'s\'\nc: ""\nd: "a: b # c"\n"e f": 1\n\'g\': 2' },
  {
    name: 'keys with colons and slashes',
    text: 'f:metadata:\n  f:labels:\n    .: {}\nk:{"type":"Ready"}: {}\napp.kubernetes.io/name: x',
  },
  { name: 'plain text over lines', text: 'message: one two\n  three four\n  five\nnext: 1' },
  { name: 'single quotes over lines', text: "message: 'one: two\n  three''s four'\nnext: 1" },
  { name: 'double quotes over lines', text: 'message: "one: two\n  three \\\n  \\ four"\nnext: 1' },
  { name: 'literal text', text: 'a: |\n  one\n    two\n\n  three\nb: |-\n  x\n  # no comment\nc: 1' },
  { name: 'comments and blank lines', text: '# before\na: 1\n\n  # between\nb:\n\n- c\n' },
  { name: 'items in quotes', text: '- "a: b"\n- \'c\'\n- d e\n  f' },
])('plainYaml reads $name as the full parser does', ({ text }) => {
  expect(read(text)).toEqual({ value: parse(text) as unknown });
});

test.each<{ name: string; text: string }>([
  { name: 'flow maps', text: 'a: {b: 1}' },
  { name: 'flow lists', text: 'a: [1, 2]' },
  { name: 'anchors and aliases', text: 'a: &x 1\nb: *x' },
  { name: 'tags', text: 'a: !!str 1' },
  { name: 'folded text', text: 'a: >\n  x\n  y' },
  { name: 'a comment after a value', text: 'a: 1 # one' },
  { name: 'a key that is there twice', text: 'a: 1\na: 2' },
  { name: 'a key that is not only a name', text: '__proto__:\n  x: 1' },
  { name: 'merged maps', text: 'a:\n  <<: 1' },
  { name: 'tabs', text: 'a:\n\tb: 1' },
  { name: 'a map in a plain value', text: 'a: b: c' },
  { name: 'lines that belong nowhere', text: 'a:\n    b: 1\n  c: 2' },
  { name: 'a blank line in a plain value', text: 'a: b\n\n  c' },
  { name: 'a quote that is not closed', text: 'a: "b\nc: 1' },
  { name: 'hexadecimal numbers', text: 'a: 0x10' },
  { name: 'escapes that JSON lacks', text: 'a: "\\x41"' },
  { name: 'a scalar alone', text: 'just text' },
])('plainYaml leaves $name to the full parser', ({ text }) => {
  expect(read(text)).toBeUndefined();
});

const scalar = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[ -~]{0,120}$/),
  fc.constantFrom(
    'yes',
    'null',
    '1',
    '1e3',
    '~',
    '- x',
    'a: b',
    '# c',
    "it's",
    '"',
    '\\',
    'a\nb',
    'x\n',
    ' y',
    '0x1',
    '.5',
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const tree = fc.letrec((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('map')),
  list: fc.array(tie('node'), { maxLength: 4 }),
  map: fc.dictionary(fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[a-z./:-]{1,12}$/)), tie('node'), {
    maxKeys: 5,
  }),
})).map;

test('plainYaml gives what the full parser gives, or nothing', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 40, 80), fc.boolean(), (value, lineWidth, indentSeq) => {
      const text = stringify(value, { lineWidth, indentSeq, aliasDuplicateObjects: false });
      const found = read(text);
      if (found) expect(found.value).toEqual(parse(text) as unknown);
    }),
    { numRuns: 500 },
  );
});

test('plainYaml gives what the full parser gives, or nothing, for text of any kind', () => {
  const line = fc.stringMatching(/^ {0,4}(- ){0,2}[a-c"']?[:#|]?[ :]?[a-z"'#&*{}[\]]{0,4}$/);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const found = plainYaml(lines);
      if (found) expect(found.value).toEqual(parse(lines.join('\n')) as unknown);
    }),
    { numRuns: 1_500 },
  );
});
