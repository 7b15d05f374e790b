// Does a cron expression hold when Velero says so? What is wanted is what the parser that Velero uses printed.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { epochMsOf } from '../base/clock.ts';
import { parseCron } from './cron.ts';

function next(text: string, after: string): number | undefined {
  const parsed = parseCron(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed.schedule.next(epochMsOf(after));
}

test.each<[after: string, text: string, want: string | undefined]>([
  ['2026-01-01T00:00:00Z', '0 3 * * *', '2026-01-01T03:00:00Z'],
  ['2026-01-01T03:00:00Z', '0 3 * * *', '2026-01-02T03:00:00Z'],
  ['2026-01-01T02:59:59.500Z', '0 3 * * *', '2026-01-01T03:00:00Z'],
  ['2026-01-01T00:00:00Z', '*/15 9-17 * * mon-fri', '2026-01-01T09:00:00Z'],
  ['2026-01-02T17:45:00Z', '*/15 9-17 * * MON-FRI', '2026-01-05T09:00:00Z'],
  ['2026-01-01T00:00:00Z', '5/20 * * * *', '2026-01-01T00:05:00Z'],
  ['2026-01-01T23:30:00Z', '30 22-2 * * *', '2026-01-02T00:30:00Z'],
  ['2026-01-01T00:00:00Z', '0 0 13 * 5', '2026-02-13T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '0 0 * * 7', '2026-01-04T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '0 0 29 2 *', '2028-02-29T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '0 0 30 2 *', undefined],
  ['2026-01-01T00:00:00Z', '0 12 ? nov-feb *', '2026-01-01T12:00:00Z'],
  ['2026-02-28T23:59:59Z', '@daily', '2026-03-01T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '@hourly', '2026-01-01T01:00:00Z'],
  ['2026-01-01T00:00:00Z', '@weekly', '2026-01-04T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '@monthly', '2026-02-01T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '@yearly', '2027-01-01T00:00:00Z'],
  ['2026-01-01T00:00:00Z', '@every 1h30m', '2026-01-01T01:30:00Z'],
  ['2026-01-01T00:00:00.700Z', '@every 90s', '2026-01-01T00:01:30Z'],
  ['2026-01-01T00:00:00Z', '@every 1500ms', '2026-01-01T00:00:01Z'],
  ['2026-01-01T00:00:00Z', '@manual', undefined],
  ['2026-07-01T00:00:00Z', 'CRON_TZ=Europe/Paris 0 3 * * *', '2026-07-01T01:00:00Z'],
  ['2026-03-28T12:00:00Z', 'CRON_TZ=Europe/Paris 30 2 * * *', '2026-03-29T01:30:00Z'],
  ['2026-03-29T02:00:00Z', 'CRON_TZ=Europe/Paris 30 2 * * *', '2026-03-30T00:30:00Z'],
  ['2026-10-24T22:00:00Z', 'TZ=Europe/Paris 30 2 * * *', '2026-10-25T00:30:00Z'],
  ['2026-10-25T00:30:00Z', 'TZ=Europe/Paris 30 2 * * *', '2026-10-25T01:30:00Z'],
  ['2026-10-25T01:30:00Z', 'TZ=Europe/Paris 30 2 * * *', '2026-10-26T01:30:00Z'],
  ['2018-11-03T12:00:00Z', 'TZ="America/Sao_Paulo" 0 0 * * *', '2018-11-05T02:00:00Z'],
  ['2018-11-03T12:00:00Z', 'CRON_TZ=America/Sao_Paulo @daily', '2018-11-05T02:00:00Z'],
  ['2026-01-01T00:00:00Z', 'CRON_TZ=Asia/Kolkata 0 9 * * *', '2026-01-01T03:30:00Z'],
  ['2026-04-04T12:00:00Z', 'CRON_TZ=Australia/Lord_Howe 45 1 * * *', '2026-04-04T14:45:00Z'],
])('after %s, %j -> %s', (after, text, want) => {
  expect(next(text, after)).toBe(want && epochMsOf(want));
});

test.each([
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): "60"'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): "0"'],
  ['*/0 * * * *', 'step of range must be a positive number: "*/0"'],
  ['*/60 * * * *', 'step (60) must be less than range size (60): "*/60"'],
  ['1-2-3 * * * *', 'too many hyphens: "1-2-3"'],
  ['1/2/3 * * * *', 'too many slashes: "1/2/3"'],
  ['x * * * *', 'failed to parse int from "x": strconv.Atoi: parsing "x": invalid syntax'],
  ['* * -1 * *', 'failed to parse int from "": strconv.Atoi: parsing "": invalid syntax'],
  [
    '* * L * *',
    'extended day-of-month syntax requires DomL option (for L, L-n) or DomW option (for nW, LW) to be enabled',
  ],
  ['* * * * fri#2', '#n/#L syntax requires DowNth or DowLast option to be enabled'],
  ['H * * * *', 'h expressions require hash option to be enabled'],
  ['@reboot', 'unrecognized descriptor: "@reboot"'],
  ['@every 1ms', '@every duration must be at least 1s: "@every 1ms"'],
  ['@every soon', 'failed to parse duration "@every soon": time: invalid duration "soon"'],
  ['CRON_TZ=Nowhere/At 0 3 * * *', 'unknown time zone "Nowhere/At": unknown time zone Nowhere/At'],
  ['CRON_TZ=* 0 3 * * *', 'invalid timezone "*": invalid character \'*\' at position 0 in timezone'],
  ['CRON_TZ=UTC', 'missing fields after timezone in spec "CRON_TZ=UTC"'],
])('%j -> %s', (text, error) => {
  expect(parseCron(text)).toEqual({ error });
});

test('an expression that is too long -> refused', () => {
  expect(parseCron(','.repeat(1025))).toEqual({ error: 'spec too long: 1025 > 1024' });
});

const start = epochMsOf('2026-01-01T00:00:00Z');
const anyMs = fc.integer({ min: 0, max: 400 * 86_400_000 }).map((ms) => start + ms);
const expressions = ['*/7 3-22/3 * * 1-5', '@daily', '@every 5m', 'CRON_TZ=Europe/Paris 30 1,2 * * *', '0 0 31 * *'];

test('the next time is later, and none is left out before it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...expressions), anyMs, anyMs, (text, one, other) => {
      const parsed = parseCron(text);
      if ('error' in parsed) throw new Error(parsed.error);
      const { schedule } = parsed;
      const [early, late] = one < other ? [one, other] : [other, one];
      const next = schedule.next(early) ?? Infinity;
      expect(next).toBeGreaterThan(early);
      // Asked later, but before that time, the answer of a calendar is the same.
      if (!text.startsWith('@every') && late < next) expect(schedule.next(late)).toBe(next);
    }),
  );
});
