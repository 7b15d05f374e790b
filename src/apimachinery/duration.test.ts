import { expect, test } from 'vitest';
import { ageOf, humanDuration } from './duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  { ms: -2 * second, want: '<invalid>' },
  { ms: -1900, want: '0s' },
  { ms: 0, want: '0s' },
  { ms: 119 * second, want: '119s' },
  { ms: 2 * minute, want: '2m' },
  { ms: 9 * minute + 59 * second, want: '9m59s' },
  { ms: 10 * minute + 30 * second, want: '10m' },
  { ms: 179 * minute, want: '179m' },
  { ms: 3 * hour, want: '3h' },
  { ms: 7 * hour + 59 * minute, want: '7h59m' },
  { ms: 47 * hour + 59 * minute, want: '47h' },
  { ms: 2 * day, want: '2d' },
  { ms: 7 * day + 5 * hour, want: '7d5h' },
  { ms: 8 * day + 5 * hour, want: '8d' },
  { ms: 729 * day, want: '729d' },
  { ms: 2 * 365 * day, want: '2y' },
  { ms: 3 * 365 * day + 3 * day, want: '3y3d' },
  { ms: 9 * 365 * day, want: '9y' },
])('humanDuration: $ms ms -> $want', ({ ms, want }) => {
  expect(humanDuration(ms)).toBe(want);
});

test('ageOf a missing timestamp is <unknown>', () => {
  expect(ageOf(undefined, 0)).toBe('<unknown>');
  expect(ageOf('1970-01-01T00:00:10Z', 15_000)).toBe('5s');
});
