import { expect, test } from 'vitest';
import { checkFile, checkLinks, checkStory, checkSymbols, type SourceFile } from './tidy-rules.ts';

const unfinished = ['TO', 'DO'].join('');

test.each<{ name: string; file: SourceFile; want: number }>([
  {
    name: 'a short file with a head -> nothing',
    file: { path: 'src/a.ts', text: '// What is a?\nexport const a = 1;\n' },
    want: 0,
  },
  { name: 'no head -> one finding', file: { path: 'src/a.ts', text: 'export const a = 1;\n' }, want: 1 },
  { name: 'too long -> one finding', file: { path: 'src/a.ts', text: `// Why?\n${'x;\n'.repeat(300)}` }, want: 1 },
  { name: 'a long test -> nothing', file: { path: 'src/a.test.ts', text: 'x;\n'.repeat(900) }, want: 0 },
  {
    name: 'unfinished work -> one finding',
    file: { path: 'src/a.ts', text: `// Why?\n// ${unfinished} later\n` },
    want: 1,
  },
])('checkFile: $name', ({ file, want }) => {
  expect(checkFile(file)).toHaveLength(want);
});

test('checkLinks: a link to nowhere -> one finding; an outside link -> none', () => {
  const page = { path: 'docs/how-to/a.md', text: '[x](../b.md) [y](https://example.com) [z](c.md#part)' };
  expect(checkLinks(page, (path) => path === 'docs/b.md').map(({ message }) => message)).toEqual([
    'links to c.md, which does not exist',
  ]);
});

test('checkSymbols: a symbol that is gone -> one finding', () => {
  const page = { path: 'docs/a.md', text: 'see `src/a.ts#alpha` and `src/a.ts#beta`' };
  expect(checkSymbols(page, () => 'export function alpha() {}')).toHaveLength(1);
});

test('checkStory: another order -> one finding', () => {
  const page = { path: 'docs/a.md', text: '## 1. One\n## 2. Two\n' };
  expect(checkStory(page, { path: 't', text: "step('One', f); step('Two', f);" })).toEqual([]);
  expect(checkStory(page, { path: 't', text: "step('Two', f); step('One', f);" })).toHaveLength(1);
});
