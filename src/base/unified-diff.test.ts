import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const lines = (text: string): string => text.split('').join('\n');

test.each([
  { name: 'the same -> nothing', before: 'abc', after: 'abc', want: '' },
  { name: 'one of one -> a range without lengths', before: 'a', after: 'b', want: '@@ -1 +1 @@\n-a\n+b\n' },
  {
    name: 'one line among many -> three lines around it',
    before: 'abcdefghi',
    after: 'abcdXfghi',
    want: '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n',
  },
  {
    name: 'lines that are new at the start -> counted from the line before',
    before: 'abcd',
    after: 'XYabcd',
    want: '@@ -1,3 +1,5 @@\n+X\n+Y\n a\n b\n c\n',
  },
  {
    name: 'changes far from each other -> two hunks',
    before: 'abcdefghijkl',
    after: 'Xbcdefghijkl'.replace('l', 'Y'),
    want: '@@ -1,4 +1,4 @@\n-a\n+X\n b\n c\n d\n@@ -9,4 +9,4 @@\n i\n j\n k\n-l\n+Y\n',
  },
  {
    name: 'changes near each other -> one hunk',
    before: 'abcdefg',
    after: 'XbcdefY',
    want: '@@ -1,7 +1,7 @@\n-a\n+X\n b\n c\n d\n e\n f\n-g\n+Y\n',
  },
  {
    name: 'what both have most of in one piece -> pairs the rest',
    before: 'abxcd',
    after: 'xcdab',
    want: '@@ -1,5 +1,5 @@\n-a\n-b\n x\n c\n d\n+a\n+b\n',
  },
])('unifiedDiff: $name', ({ before, after, want }) => {
  expect(unifiedDiff(lines(before), lines(after))).toBe(want);
});
