import { expect, test } from 'vitest';
import { type LockSighting, longestGap, measureQuiesce, parseHookLog } from './quiesce.ts';
import { ack } from './testing.ts';
import type { Acknowledgement } from './write-history.ts';

const sightings = (from: number, to: number): LockSighting[] =>
  [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((at) => ({
    askedMonotonicMs: at,
    answeredMonotonicMs: at + 1,
    held: at >= from && at <= to,
  }));
const hooks = { preHookStartMs: 15, postHookEndMs: 65 };
const bounds = { backupStartMs: 0, backupEndMs: 100 };

test.each<{
  name: string;
  acks: Acknowledgement[];
  seen: LockSighting[];
  hooks: typeof hooks | undefined;
  want: number | undefined;
}>([
  {
    name: 'held, nothing written -> the longer of gap and hooks',
    acks: [ack(1, 10), ack(2, 70)],
    seen: sightings(20, 60),
    hooks,
    want: 60,
  },
  {
    name: 'hooks longer than the gap -> the hooks',
    acks: [ack(1, 18), ack(2, 62)],
    seen: sightings(20, 60),
    hooks,
    want: 50,
  },
  {
    name: 'never seen held -> not claimed',
    acks: [ack(1, 10), ack(2, 70)],
    seen: sightings(200, 300),
    hooks,
    want: undefined,
  },
  {
    name: 'written while held -> not claimed',
    acks: [ack(1, 40), ack(2, 70)],
    seen: sightings(20, 60),
    hooks,
    want: undefined,
  },
  {
    name: 'sent before the lock, answered during it -> claimed',
    acks: [ack(1, 22, { sentMonotonicMs: 15 }), ack(2, 70)],
    seen: sightings(20, 60),
    hooks,
    want: 50,
  },
  {
    name: 'hooks left no record -> not claimed',
    acks: [ack(1, 10), ack(2, 70)],
    seen: sightings(20, 60),
    hooks: undefined,
    want: undefined,
  },
])('measureQuiesce: $name', ({ acks, seen, hooks: window, want }) => {
  const found = measureQuiesce({
    history: { sends: [], acknowledgements: acks },
    sightings: seen,
    hooks: window,
    ...bounds,
  });
  expect(found.quiesceMs).toBe(want);
  expect(found.reason === undefined).toBe(want !== undefined);
});

test.each<{ name: string; acks: Acknowledgement[]; want: number }>([
  { name: 'gap reaches into the window -> counted whole', acks: [ack(1, 0), ack(2, 40), ack(3, 45)], want: 40 },
  { name: 'gap before the window -> not counted', acks: [ack(1, 0), ack(2, 19), ack(3, 25)], want: 6 },
  { name: 'no acknowledgements -> nothing', acks: [], want: 0 },
])('longestGap: $name', ({ acks, want }) => {
  expect(longestGap({ sends: [], acknowledgements: acks }, { startMs: 20, endMs: 50 })).toBe(want);
});

test.each<{ name: string; text: string; want: ReturnType<typeof parseHookLog> }>([
  {
    name: 'start and end -> the window',
    text: '1.5 pre-start\n1.75 pre-end\n2.25 post-end\n',
    want: { preHookStartMs: 1500, postHookEndMs: 2250 },
  },
  {
    name: 'two backups -> the last one',
    text: '1 pre-start\n2 post-end\n5 pre-start\n6 post-end\n',
    want: { preHookStartMs: 5000, postHookEndMs: 6000 },
  },
  { name: 'no post hook after the pre hook -> none', text: '1 pre-start\n2 post-end\n5 pre-start\n', want: undefined },
  { name: 'empty -> none', text: '', want: undefined },
])('parseHookLog: $name', ({ text, want }) => {
  expect(parseHookLog(text)).toEqual(want);
});
