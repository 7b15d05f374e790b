import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { FoundType } from './json-objects.ts';
import { YamlObjects } from './yaml-objects.ts';

function read(text: string, wants: (type: FoundType) => boolean = () => true) {
  const found = { objects: [] as unknown[], lists: [] as FoundType[], malformed: [] as string[] };
  const reader = new YamlObjects({
    wants,
    take: (object) => found.objects.push(object),
    endOfList: (list) => found.lists.push(list),
    malformed: (why) => found.malformed.push(why),
  });
  for (const line of text.split('\n')) reader.line(line);
  reader.end({ isLastLineWhole: true });
  return found;
}

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations: { script: 'a: |\n- b\n---\n  items:\n' } },
  spec: { containers: [{ name: 'c', args: ['-x', "it's: #1", ''] }] },
});
const list = { apiVersion: 'v1', items: [pod('a'), pod('b')], kind: 'List', metadata: { resourceVersion: '' } };

test.each<{ name: string; text: string; want: object }>([
  {
    name: 'list as kubectl writes it -> its items',
    text: stringify(list, { indentSeq: false }),
    want: { objects: list.items, lists: [{ apiVersion: 'v1', kind: 'List' }] },
  },
  { name: 'list with indented items -> its items', text: stringify(list), want: { objects: list.items } },
  {
    name: 'documents -> each',
    text: `---\n${stringify(pod('a'))}---\n# nothing\n---\n${stringify(pod('b'))}`,
    want: { objects: [pod('a'), pod('b')], lists: [] },
  },
  {
    name: 'empty list -> seen',
    text: 'apiVersion: v1\nitems: []\nkind: PodList\n',
    want: { objects: [], lists: [{ apiVersion: 'v1', kind: 'PodList' }] },
  },
  {
    name: 'one item is no YAML -> the others',
    text: 'items:\n- kind: Pod\n  a: [\n- kind: Pod\n  b: 1\n',
    want: { objects: [{ kind: 'Pod', b: 1 }], malformed: [expect.any(String)] },
  },
  {
    name: 'aliases without end -> refused, not followed',
    text: `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
      .split('')
      .map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`)
      .join('\n')}\n`,
    want: { objects: [], malformed: [expect.stringContaining('alias')] },
  },
])('YamlObjects: $name', ({ text, want }) => {
  expect(read(text)).toMatchObject(want);
});

test('YamlObjects parses only what is wanted, by kind', () => {
  const text = 'items:\n- kind: "Secret"\n  metadata:\n    kind: Pod\n- metadata:\n    name: a\n  kind: Pod\n';
  expect(read(text, ({ kind }) => kind === 'Pod').objects).toEqual([{ kind: 'Pod', metadata: { name: 'a' } }]);
});
