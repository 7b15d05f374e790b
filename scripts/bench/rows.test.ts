import { expect, test } from 'vitest';
import { median, percentile, type Row, renderJson, renderTable } from './rows.ts';

const row = (overrides: Partial<Row>): Row => ({
  id: 'a',
  what: 'things',
  value: 1,
  unit: '/s',
  target: { atLeast: 2 },
  ...overrides,
});

test.each([
  { name: 'odd -> the middle one', values: [9, 1, 5], want: 5 },
  { name: 'even -> the lower of two', values: [4, 1, 3, 2], want: 2 },
])('median: $name', ({ values, want }) => {
  expect(median(values)).toBe(want);
});

test('percentile -> the value that so many do not exceed', () => {
  const sorted = Array.from({ length: 200 }, (_, i) => i + 1);
  expect(percentile(sorted, 0.99)).toBe(198);
  expect(percentile(sorted, 1)).toBe(200);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test.each([
  { name: 'at least, reached', changes: { value: 2 }, met: true },
  { name: 'at least, missed', changes: { value: 1.99 }, met: false },
  { name: 'at most, kept', changes: { value: 2, target: { atMost: 2 } }, met: true },
  { name: 'at most, broken', changes: { value: 2.01, target: { atMost: 2 } }, met: false },
])('a row: $name -> met is $met', ({ changes, met }) => {
  const rows = [row(changes)];
  expect((JSON.parse(renderJson(rows)) as { rows: unknown[] }).rows).toEqual([
    expect.objectContaining({ id: 'a', met }),
  ]);
  expect(renderTable(rows)).toContain(met ? 'yes' : 'no');
});

test('a row without a target -> is neither met nor missed', () => {
  const { target: _none, ...bare } = row({ value: 3 });
  expect(JSON.parse(renderJson([bare]))).toEqual({ rows: [{ id: 'a', value: 3, unit: '/s' }] });
  expect(renderTable([bare]).split('\n')[1]).toMatch(/^things +3 \/s +– +–$/);
});
