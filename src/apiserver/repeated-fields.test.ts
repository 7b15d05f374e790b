import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedInJson } from './repeated-fields.ts';

const problemsOf = (text: string): string[] => repeatedInJson(text, JSON.parse(text)).problems([]);

test.each<{ name: string; text: string; want: string[] }>([
  { name: 'nothing twice -> nothing', text: '{"a":1,"b":{"a":2}}', want: [] },
  { name: 'colons in values and names -> nothing', text: '{"a:b":"10:15:00","c":["x:y"]}', want: [] },
  { name: 'a field twice -> named', text: '{"a":1,"a":2}', want: ['duplicate field "a"'] },
  { name: 'spaces before the colon -> named', text: '{"a" : 1, "a" : 2}', want: ['duplicate field "a"'] },
  {
    name: 'twice within a list -> named by its path',
    text: '{"l":[{"a":1},{"a":1,"a":2}]}',
    want: ['duplicate field "l[1].a"'],
  },
  {
    name: 'twice, and a colon written as an escape -> named all the same',
    text: '{"a":1,"a":"x\\u003ay"}',
    want: ['duplicate field "a"'],
  },
  { name: 'a colon written as an escape -> nothing', text: '{"a":"x\\u003ay"}', want: [] },
])('repeatedInJson: $name', ({ text, want }) => {
  expect(problemsOf(text)).toEqual(want);
});

test('more than a hundred problems -> the first hundred, of unknown and repeated fields together', () => {
  const fields = Array.from({ length: 120 }, (_, index) => `u${index}`);
  const text = `{${fields.map((field) => `"${field}":1`).join()}}`;
  const first = fields.slice(0, 100).map((field) => `unknown field "${field}"`);
  expect(repeatedInJson(text, JSON.parse(text)).problems(fields)).toEqual(first);
  const twice = `{"a":1,"a":2,${text.slice(1)}`;
  const told = repeatedInJson(twice, JSON.parse(twice)).problems(fields);
  expect(told).toEqual(['duplicate field "a"', ...first.slice(0, 99)]);
});

test('law: what is written from a value repeats nothing; with one of its fields written twice, that one', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (name, first, second) => {
      const [key, a, b] = [name, first, second].map((each) => JSON.stringify(each));
      expect(problemsOf(`{${key}:${a}}`)).toEqual([]);
      expect(problemsOf(`{${key}:${a},${key}:${b}}`)).toEqual([`duplicate field ${JSON.stringify(name)}`]);
    }),
  );
});
