import { expect, test } from 'vitest';
import { isAlive, lookAgain, type Seen } from './alive-servers.ts';

const seen = (revision: number, atMs: number): Seen => ({ revision, atMs });

test.each<{ name: string; known: [string, Seen][]; signs: [string, number][]; want: [string, Seen][] }>([
  { name: 'a sign not seen before -> new', known: [], signs: [['a', 5]], want: [['a', seen(5, 100)]] },
  { name: 'a sign that changed -> new', known: [['a', seen(5, 10)]], signs: [['a', 6]], want: [['a', seen(6, 100)]] },
  {
    name: 'a sign as it was -> as old as it was',
    known: [['a', seen(5, 10)]],
    signs: [['a', 5]],
    want: [['a', seen(5, 10)]],
  },
  { name: 'a sign that went -> forgotten', known: [['a', seen(5, 10)]], signs: [], want: [] },
])('lookAgain: $name', ({ known, signs, want }) => {
  expect([...lookAgain(new Map(known), new Map(signs), 100)]).toEqual(want);
});

test.each([
  { atMs: 0, nowMs: 14_999, want: true },
  { atMs: 0, nowMs: 15_000, want: false },
])('isAlive: seen at $atMs, now $nowMs -> $want', ({ atMs, nowMs, want }) => {
  expect(isAlive(seen(1, atMs), nowMs)).toBe(want);
});
