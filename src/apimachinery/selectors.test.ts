import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatLabelSelector,
  formatLabels,
  formatSelector,
  matchesLabelSelector,
  matchesSelector,
  parseSelector,
  type Requirement,
  SelectorError,
  selectorOf,
} from './selectors.ts';

const labels = { app: 'db', tier: 'gold', size: '10' };

test.each([
  { name: 'empty -> everything', text: '', want: true },
  { name: 'equal value', text: 'app=db', want: true },
  { name: 'double equals', text: 'app==db', want: true },
  { name: 'other value', text: 'app=web', want: false },
  { name: 'unequal value', text: 'app!=web', want: true },
  { name: 'unequal on a missing key -> matches', text: 'zone!=a', want: true },
  { name: 'key exists', text: 'app', want: true },
  { name: 'key does not exist', text: '!zone', want: true },
  { name: 'value in set', text: 'tier in (gold, silver)', want: true },
  { name: 'value not in set', text: 'tier notin (gold)', want: false },
  { name: 'notin on a missing key -> matches', text: 'zone notin (a)', want: true },
  { name: 'greater', text: 'size>9', want: true },
  { name: 'less', text: 'size<10', want: false },
  { name: 'order of a word -> no match', text: 'app>1', want: false },
  { name: 'all must hold', text: 'app=db,tier=silver', want: false },
  { name: 'spaces are ignored', text: ' app = db , tier ', want: true },
  { name: 'keywords as values', text: 'app in (in,notin,db)', want: true },
  { name: 'empty value', text: 'app=', want: false },
  { name: 'prefixed key', text: '!example.com/x', want: true },
])('matchesSelector: $name', ({ text, want }) => {
  expect(matchesSelector(parseSelector(text), labels)).toBe(want);
});

test.each([
  { name: 'trailing comma', text: 'a=b,', want: "found '', expected: identifier after ','" },
  { name: 'leading comma', text: ',a=b', want: "found ',', expected: !, identifier, or 'end of string'" },
  { name: 'two values', text: 'a=b c', want: "found 'c', expected: ',' or 'end of string'" },
  { name: 'negated comparison', text: '!a=b', want: "found '=', expected: ',' or 'end of string'" },
  {
    name: 'unknown operator',
    text: 'a b',
    want: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  },
  { name: 'set without parenthesis', text: 'a in b', want: "unable to parse requirement: found 'b' expected: '('" },
  {
    name: 'unclosed set',
    text: 'a in (b',
    want: "unable to parse requirement: found '', expected: ',', ')' or identifier",
  },
  {
    name: 'order of a word',
    text: 'a>b',
    want: "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  },
])('parseSelector: $name -> SelectorError', ({ text, want }) => {
  expect(() => parseSelector(text)).toThrow(new SelectorError(want));
});

test.each([
  { name: 'none -> nothing', selector: undefined, want: false },
  { name: 'empty -> everything', selector: {}, want: true },
  {
    name: 'labels and expressions',
    selector: { matchLabels: { app: 'db' }, matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] },
    want: true,
  },
  {
    name: 'In without the value',
    selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['silver'] }] },
    want: false,
  },
])('matchesLabelSelector: $name', ({ selector, want }) => {
  expect(matchesLabelSelector(selector, labels)).toBe(want);
});

test('tables write selectors and labels sorted, and <none> for nothing', () => {
  expect(formatLabelSelector({ matchLabels: { b: '2', a: '1' } })).toBe('a=1,b=2');
  expect(formatLabelSelector(undefined)).toBe('<none>');
  expect(formatLabelSelector({})).toBe('<none>');
  expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(formatLabels({})).toBe('<none>');
  expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
    '"Like" is not a valid label selector operator',
  );
});

const anyName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,5}[a-z0-9])?$/);
const anyRequirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({ key: anyName, operator: fc.constantFrom('=', '==', '!='), values: anyName.map((value) => [value]) }),
  fc.record({ key: anyName, operator: fc.constantFrom('exists', '!'), values: fc.constant<string[]>([]) }),
  fc.record({
    key: anyName,
    operator: fc.constantFrom('in', 'notin'),
    values: fc.uniqueArray(anyName, { minLength: 1, maxLength: 3 }).map((values) => values.sort()),
  }),
  fc.record({
    key: anyName,
    operator: fc.constantFrom('gt', 'lt'),
    values: fc.integer({ min: 0 }).map((value) => [String(value)]),
  }),
);

test('parsing the text of a selector gives the selector', () => {
  fc.assert(
    fc.property(fc.array(anyRequirement, { maxLength: 4 }), (selector) => {
      expect(parseSelector(formatSelector(selector))).toEqual(selector);
    }),
  );
});

test('in and notin, = and !=, exists and ! are opposites for every set of labels', () => {
  const opposites = [
    ['in', 'notin'],
    ['=', '!='],
    ['exists', '!'],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...opposites),
      fc.dictionary(anyName, anyName),
      fc.tuple(anyName, anyName),
      ([one, other], all, [key, value]) => {
        const values = one === 'exists' ? [] : [value];
        const isMatch = matchesSelector([{ key, operator: one, values }], all);
        expect(matchesSelector([{ key, operator: other, values }], all)).toBe(!isMatch);
      },
    ),
  );
});
