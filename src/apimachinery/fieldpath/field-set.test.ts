import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  difference,
  emptySet,
  equalSets,
  hasPath,
  includes,
  intersection,
  intersects,
  isEmptySet,
  parseSet,
  pathsOf,
  recursiveDifference,
  setOf,
  sortedSet,
  union,
} from './field-set.ts';
import { canonicalElement, compareElements, formatPath, keyElement, valueElement } from './path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:1');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });
const text = (one: readonly string[]): string => JSON.stringify(one);
const textsOf = (set: Parameters<typeof pathsOf>[0]): Set<string> => new Set(pathsOf(set).map(text));
const isBelow = (one: readonly string[], other: readonly string[]): boolean =>
  other.length <= one.length && other.every((step, index) => one[index] === step);

test('a set holds the paths that it was made of, no others', () => {
  fc.assert(
    fc.property(paths, path, (members, probe) => {
      const set = setOf(...members);
      expect(textsOf(set)).toEqual(new Set(members.map(text)));
      expect(hasPath(set, probe)).toBe(members.some((member) => text(member) === text(probe)));
      expect(isEmptySet(set)).toBe(members.length === 0);
    }),
  );
});

test('union, intersection and difference are those of the paths', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const [a, b] = [setOf(...left), setOf(...right)];
      const [ofA, ofB] = [new Set(left.map(text)), new Set(right.map(text))];
      const both = [...ofA].filter((each) => ofB.has(each));
      expect(textsOf(union(a, b))).toEqual(new Set([...ofA, ...ofB]));
      expect(textsOf(intersection(a, b))).toEqual(new Set(both));
      expect(textsOf(difference(a, b))).toEqual(new Set([...ofA].filter((each) => !ofB.has(each))));
      expect(intersects(a, b)).toBe(both.length > 0);
      expect(includes(a, b)).toBe([...ofB].every((each) => ofA.has(each)));
      expect(equalSets(a, b)).toBe(ofA.size === ofB.size && both.length === ofA.size);
    }),
  );
});

test('a recursive difference takes what is below as well', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const kept = left.filter((member) => !right.some((gone) => isBelow(member, gone)));
      expect(textsOf(recursiveDifference(setOf(...left), setOf(...right)))).toEqual(new Set(kept.map(text)));
    }),
  );
});

test('no operation changes its operands', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const [a, b] = [setOf(...left), setOf(...right)];
      const before = JSON.stringify([a, b]);
      for (const operation of [union, intersection, difference, recursiveDifference]) operation(a, b);
      expect(JSON.stringify([a, b])).toBe(before);
    }),
  );
});

test('written and read again -> the same set', () => {
  fc.assert(
    fc.property(paths, (members) => {
      const set = setOf(...members);
      const written = JSON.stringify(sortedSet(set));
      expect(equalSets(parseSet(JSON.parse(written)), set)).toBe(true);
      expect(JSON.stringify(sortedSet(parseSet(JSON.parse(written))))).toBe(written);
    }),
  );
});

test('a written set -> steps in upstream order, a dot where a step with others below it is a member', () => {
  const set = setOf(
    ['v:2'],
    ['v:10'],
    ['k:{"port":80}', 'f:port'],
    ['k:{"port":443}'],
    ['f:b'],
    ['f:a', 'f:z'],
    ['f:a'],
    ['v:"x"'],
  );
  expect(JSON.stringify(sortedSet(set))).toBe(
    '{"f:a":{".":{},"f:z":{}},"f:b":{},"k:{\\"port\\":80}":{"f:port":{}},"k:{\\"port\\":443}":{},"v:2":{},"v:10":{},"v:\\"x\\"":{}}',
  );
});

test.each([
  { name: 'a set of a newer version -> unknown steps dropped', value: { 'f:a': {}, 'z:b': {} }, want: { 'f:a': {} } },
  { name: 'nothing -> empty', value: undefined, want: emptySet },
  {
    name: 'a key in another form -> its one form',
    value: { 'k:{ "b": 1, "a": "x" }': {} },
    want: { 'k:{"a":"x","b":1}': {} },
  },
])('parseSet: $name', ({ value, want }) => {
  expect(parseSet(value)).toEqual(want);
});

test.each(['f', 'x', 'fa', 'k:{', 'k:3', 'v:', 'i:x'])('a step that makes no sense: %s -> SyntaxError', (step) => {
  expect(() => canonicalElement(step)).toThrow(SyntaxError);
});

test.each([
  { path: ['f:spec', 'f:replicas'], want: '.spec.replicas' },
  { path: ['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'], want: '.ports[containerPort=80,protocol="TCP"]' },
  { path: ['f:finalizers', 'v:"a"'], want: '.finalizers[="a"]' },
  { path: ['f:list', 'i:3'], want: '.list[3]' },
])('formatPath: $want', ({ path: steps, want }) => {
  expect(formatPath(steps)).toBe(want);
});

test('markup in a key -> escaped as Go does', () => {
  expect(keyElement([['name', 'a<b&c>']])).toBe('k:{"name":"a\\u003cb\\u0026c\\u003e"}');
  expect(canonicalElement('v:"<"')).toBe(valueElement('<'));
});

test('compareElements is a total order', () => {
  const steps = [
    'f:a',
    'f:b',
    'k:{"a":1}',
    'k:{"a":2}',
    'k:{"a":"x"}',
    'k:{"a":1,"b":1}',
    'v:1',
    'v:"a"',
    'v:true',
    'i:0',
  ];
  for (const a of steps) {
    expect(compareElements(a, a)).toBe(0);
    for (const b of steps) expect(Math.sign(compareElements(a, b))).toBe(-Math.sign(compareElements(b, a)) || 0);
  }
});
