import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareRestored, lateAcknowledgements, lostRows, rowsPerSecond, wrongRows } from './row-checks.ts';
import type { StoredRow } from './rows.ts';
import { ack, row, send, steadyHistory } from './testing.ts';
import type { Acknowledgement } from './write-history.ts';

const rows = (count: number): StoredRow[] => Array.from({ length: count }, (_, index) => row(index + 1));

test.each<{ name: string; acks: Acknowledgement[]; stored: StoredRow[]; want: number[] }>([
  { name: 'all there -> none lost', acks: [ack(1, 0), ack(2, 1)], stored: rows(2), want: [] },
  { name: 'a row is absent -> lost', acks: [ack(1, 0), ack(2, 1)], stored: rows(1), want: [2] },
  {
    name: 'its number belongs to another send -> lost',
    acks: [ack(1, 0)],
    stored: [row(1, { token: 'other' })],
    want: [1],
  },
  { name: 'rows without an acknowledgement -> none lost', acks: [ack(1, 0)], stored: rows(3), want: [] },
  {
    name: 'one row acknowledged by two servers -> lost once',
    acks: [ack(2, 0), ack(2, 5, { token: 'other' })],
    stored: rows(2),
    want: [2],
  },
])('lostRows: $name', ({ acks, stored, want }) => {
  expect(lostRows(acks, stored)).toEqual(want);
});

test.each<{ name: string; stored: StoredRow[]; want: number[] }>([
  { name: 'hashes and tokens are right -> none', stored: [row(1)], want: [] },
  { name: 'payload of another number -> wrong', stored: [row(1, { payload: row(2).payload })], want: [1] },
  { name: 'nobody sent it -> wrong', stored: [row(7)], want: [7] },
])('wrongRows: $name', ({ stored, want }) => {
  expect(wrongRows([send(1, 0), send(2, 0)], stored)).toEqual(want);
});

const newServer = { podUid: 'new', address: '10.0.0.2', startedAt: 'b' };

test.each<{ name: string; acks: Acknowledgement[]; stored: StoredRow[]; want: number }>([
  { name: 'before the cut -> not late', acks: [ack(1, 90)], stored: rows(1), want: 0 },
  {
    name: 'sent before, answered after, row is there -> only slow',
    acks: [ack(1, 101, { sentWallMs: 99 })],
    stored: rows(1),
    want: 0,
  },
  {
    name: 'sent before, answered after, row is absent -> late',
    acks: [ack(1, 101, { sentWallMs: 99 })],
    stored: [],
    want: 1,
  },
  { name: 'sent after the cut -> late', acks: [ack(1, 110)], stored: rows(1), want: 1 },
  {
    name: 'another server, after the cut -> not late',
    acks: [ack(1, 110, { server: newServer })],
    stored: rows(1),
    want: 0,
  },
])('lateAcknowledgements: $name', ({ acks, stored, want }) => {
  const history = { sends: [], acknowledgements: acks };
  expect(lateAcknowledgements(history, { oldPodUid: 'old', cutWallMs: 100, rows: stored })).toHaveLength(want);
});

// Acknowledged at 10, 20, … 100; the hooks run from 45 to 65: rows 1..4 before, sends of 1..6 until then.
test.each<{ name: string; stored: StoredRow[]; want: { k: number; missing: number; wrong: number } }>([
  { name: 'exactly up to the last before the hook -> right', stored: rows(4), want: { k: 4, missing: 0, wrong: 0 } },
  { name: 'as far as was sent -> right', stored: rows(6), want: { k: 6, missing: 0, wrong: 0 } },
  {
    name: 'one acknowledged before the hook is absent -> missing',
    stored: rows(3),
    want: { k: 3, missing: 1, wrong: 0 },
  },
  { name: 'a hole -> missing', stored: [row(1), row(2), row(4), row(5)], want: { k: 5, missing: 1, wrong: 0 } },
  { name: 'nothing at all -> everything missing', stored: [], want: { k: 0, missing: 4, wrong: 0 } },
  { name: 'rows sent after the hook -> wrong', stored: rows(8), want: { k: 8, missing: 0, wrong: 2 } },
  {
    name: 'a wrong payload -> wrong',
    stored: [...rows(3), row(4, { payload: 'x' })],
    want: { k: 4, missing: 0, wrong: 1 },
  },
  {
    name: 'acknowledged as another row -> wrong',
    stored: [...rows(3), row(4, { token: 't5' })],
    want: { k: 4, missing: 0, wrong: 1 },
  },
])('compareRestored: $name', ({ stored, want }) => {
  const found = compareRestored(steadyHistory(10), stored, { preHookStartMs: 45, postHookEndMs: 65 });
  expect(found).toMatchObject({ ...want, kMin: 4, kMax: 6 });
});

test('law: a prefix between the bounds is right, and any change of it is seen', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 6 }),
      fc.nat(),
      fc.constantFrom('drop', 'payload', 'token'),
      (k, pick, change) => {
        const stored = rows(k);
        const window = { preHookStartMs: 45, postHookEndMs: 65 };
        expect(compareRestored(steadyHistory(10), stored, window)).toMatchObject({ missing: 0, wrong: 0 });
        const index = pick % 4;
        const damaged = stored.flatMap((each, at) =>
          at !== index ? [each] : change === 'drop' ? [] : [{ ...each, [change]: 'x' }],
        );
        const found = compareRestored(steadyHistory(10), damaged, window);
        expect(found.missing + found.wrong).toBeGreaterThan(0);
      },
    ),
  );
});

test('rowsPerSecond leaves the outage out', () => {
  expect(rowsPerSecond([ack(1, 0), ack(2, 500), ack(3, 3_000)], 2_000)).toBe(3);
  expect(rowsPerSecond([], 0)).toBe(0);
});
