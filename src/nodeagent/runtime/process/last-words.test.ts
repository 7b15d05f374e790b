import { expect, test } from 'vitest';
import { lastLines } from './last-words.ts';

const line = (text: string, tag = 'F'): string => `2026-06-01T12:00:00.000000000Z stderr ${tag} ${text}\n`;
const many = Array.from({ length: 100 }, (_, index) => `line ${index}`);

test.each<{ name: string; log: string; isCut?: boolean; want: string }>([
  { name: 'nothing was said -> nothing', log: '', want: '' },
  { name: 'two lines -> both, without their stamps', log: line('one') + line('two  words'), want: 'one\ntwo  words\n' },
  { name: 'a line in parts -> joined', log: line('be', 'P') + line('gan'), want: 'began\n' },
  { name: 'cut in the first line -> that is left out', log: `rr F lost\n${line('kept')}`, isCut: true, want: 'kept\n' },
  {
    name: 'more than 80 lines -> the last 80',
    log: many.map((text) => line(text)).join(''),
    want: `${many.slice(20).join('\n')}\n`,
  },
  { name: 'more than 2048 bytes -> the last 2048', log: line('a'.repeat(3000)), want: `${'a'.repeat(2047)}\n` },
])('lastLines: $name', ({ log, isCut = false, want }) => {
  expect(lastLines(log, isCut)).toBe(want);
});
