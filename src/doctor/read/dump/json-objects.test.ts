import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FoundType, JsonObjects } from './json-objects.ts';

interface Found {
  objects: unknown[];
  lists: FoundType[];
  malformed: string[];
  whole: boolean;
  broken: string | undefined;
}

const all: (type: FoundType) => boolean = () => true;

function read(text: string, { chunkBytes = 7, wants = all } = {}): Found {
  const found: Found = { objects: [], lists: [], malformed: [], whole: false, broken: undefined };
  const reader = new JsonObjects({
    wants,
    take: (object, list) => found.objects.push(list ? { ...(object as object), in: list.kind } : object),
    endOfList: (list) => found.lists.push(list),
    malformed: (why) => found.malformed.push(why),
  });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.write(bytes.subarray(at, at + chunkBytes));
  found.whole = reader.end();
  found.broken = reader.broken;
  return found;
}

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { kind: 'no', items: '[{' } },
});

test.each<{ name: string; text: string; want: Partial<Found> }>([
  {
    name: 'list whose kind comes last -> its items',
    text: JSON.stringify({ apiVersion: 'v1', items: [pod('a'), pod('b')], kind: 'List' }),
    want: {
      objects: [
        { ...pod('a'), in: undefined },
        { ...pod('b'), in: undefined },
      ],
      lists: [{ apiVersion: 'v1', kind: 'List' }],
      whole: true,
    },
  },
  {
    name: 'typed list -> its items with the kind of the list',
    text: JSON.stringify({
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { items: [1] },
      items: [{ metadata: { name: 'a' } }],
    }),
    want: { objects: [{ metadata: { name: 'a' }, in: 'PodList' }], lists: [{ apiVersion: 'v1', kind: 'PodList' }] },
  },
  {
    name: 'empty list -> seen',
    text: '{"kind":"PodList","items":[]}',
    want: { objects: [], lists: [{ apiVersion: undefined, kind: 'PodList' }] },
  },
  { name: 'array -> its objects', text: JSON.stringify([pod('a'), 7, [pod('no')]]), want: { objects: [pod('a')] } },
  {
    name: 'single objects one after another -> each',
    text: `${JSON.stringify(pod('a'))}\n${JSON.stringify(pod('b'), undefined, 2)}`,
    want: { objects: [pod('a'), pod('b')], lists: [] },
  },
  {
    name: 'logs between objects -> passed over, whatever is in them',
    text: `${JSON.stringify(pod('a'))}\n==== START logs for container x of pod y ====\n{"msg": "un}balanced [\n==== END logs for container x of pod y ====\n${JSON.stringify(pod('b'))}`,
    want: { objects: [pod('a'), pod('b')], whole: true },
  },
  {
    name: 'cut off in an item -> the items before it, and not whole',
    text: JSON.stringify({ items: [pod('a'), pod('b')] }).slice(0, -30),
    want: { objects: [pod('a')].map((each) => ({ ...each, in: undefined })), whole: false },
  },
  {
    name: 'brackets that do not match -> broken',
    text: '{"items":[{"a":1]}',
    want: { broken: 'its brackets do not match', whole: false },
  },
  {
    name: 'an item that is no JSON -> reported, the others read',
    text: '{"items":[{"a":tru},{"b":1}]}',
    want: { objects: [{ b: 1, in: undefined }], malformed: [expect.stringContaining('JSON') as string] },
  },
])('JsonObjects: $name', ({ text, want }) => {
  expect(read(text)).toMatchObject(want);
});

test('JsonObjects parses only what is wanted, by kind', () => {
  const text = JSON.stringify({ items: [{ metadata: { kind: 'Pod' }, kind: 'Secret', data: {} }, pod('a')] });
  expect(read(text, { wants: ({ kind }) => kind === 'Pod' }).objects).toEqual([{ ...pod('a'), in: undefined }]);
});

test('JsonObjects finds the same objects wherever the chunks end', () => {
  const anyObject = fc.record({
    kind: fc.string(),
    metadata: fc.dictionary(fc.string(), fc.json()),
    items: fc.constant('x'),
  });
  fc.assert(
    fc.property(
      fc.array(anyObject),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 2 }),
      (items, chunkBytes, indent) => {
        const text = JSON.stringify({ kind: 'List', items }, undefined, indent);
        const objects = items.map((item) => ({ ...item, in: 'List' }));
        expect(read(text, { chunkBytes })).toMatchObject({ objects: JSON.parse(JSON.stringify(objects)), whole: true });
      },
    ),
  );
});
