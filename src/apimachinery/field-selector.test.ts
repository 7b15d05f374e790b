import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFieldSelector, matchesFields, parseFieldSelector } from './field-selector.ts';
import { SelectorError } from './selectors.ts';

const fields: Record<string, string> = { 'spec.nodeName': 'node-1', 'status.phase': 'Running', odd: 'a,b=c\\d' };
const read = (field: string): string => fields[field] ?? '';

test.each([
  { name: 'empty -> everything', text: '', want: true },
  { name: 'equal', text: 'spec.nodeName=node-1', want: true },
  { name: 'double equals', text: 'spec.nodeName==node-2', want: false },
  { name: 'unequal', text: 'status.phase!=Failed', want: true },
  { name: 'both must hold', text: 'spec.nodeName=node-1,status.phase!=Running', want: false },
  { name: 'absent field reads as empty', text: 'spec.other=', want: true },
  { name: 'escaped value', text: 'odd=a\\,b\\=c\\\\d', want: true },
])('matchesFields: $name', ({ text, want }) => {
  expect(matchesFields(parseFieldSelector(text), read)).toBe(want);
});

test.each([
  {
    name: 'no operator',
    text: 'status.phase',
    want: "invalid selector: 'status.phase'; can't understand 'status.phase'",
  },
  {
    name: 'unescaped equals in the value',
    text: 'a=b=c',
    want: 'invalid field selector: unescaped character in value: =',
  },
  { name: 'unknown escape', text: 'a=b\\c', want: 'invalid field selector: invalid escape sequence: \\c' },
])('parseFieldSelector: $name -> SelectorError', ({ text, want }) => {
  expect(() => parseFieldSelector(text)).toThrow(new SelectorError(want));
});

test('parsing the text of a field selector gives the selector', () => {
  const anyRequirement = fc.record({
    field: fc.stringMatching(/^[a-z]+(\.[a-z]+){0,2}$/),
    operator: fc.constantFrom('=' as const, '!=' as const),
    value: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(anyRequirement, { maxLength: 3 }), (selector) => {
      expect(parseFieldSelector(formatFieldSelector(selector))).toEqual(selector);
    }),
  );
});
