// Timestamps and durations of CEL: reading, writing, parts.

import { GoDurationError, parseGoDuration } from '../../../apimachinery/go-duration.ts';
import { epochMsOf, rfc3339, type UtcFields, utcFields } from '../../../base/clock.ts';
import type { Library } from '../functions.ts';
import { CelError, Duration, Timestamp } from '../values.ts';

const second = 1_000_000_000n;

/** Throws CelError. */
export function parseDuration(text: string): Duration {
  try {
    return new Duration(parseGoDuration(text));
  } catch (error) {
    if (!(error instanceof GoDurationError)) throw error;
    throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  }
}

/** `3600s`: CEL writes durations in seconds. */
export function formatDuration({ nanos }: Duration): string {
  const sign = nanos < 0n ? '-' : '';
  const positive = nanos < 0n ? -nanos : nanos;
  const fraction = (positive % second).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${positive / second}${fraction && `.${fraction}`}s`;
}

/** RFC 3339. Throws CelError. */
export function parseTimestamp(text: string): Timestamp {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  const seconds = match ? epochMsOf(`${match[1]}${match[3]}`) : Number.NaN;
  if (Number.isNaN(seconds))
    throw new CelError(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse`);
  return new Timestamp(BigInt(seconds) * 1_000_000n + BigInt((match?.[2] ?? '').padEnd(9, '0')));
}

export function formatTimestamp({ nanos }: Timestamp): string {
  const rest = ((nanos % second) + second) % second;
  const fraction = rest.toString().padStart(9, '0').replace(/0+$/, '');
  const whole = rfc3339(Number((nanos - rest) / 1_000_000n)).slice(0, -1);
  return `${whole}${fraction && `.${fraction}`}Z`;
}

type Part = (fields: UtcFields) => number;

const parts: Record<string, Part> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month,
  getDate: ({ day }) => day,
  getDayOfMonth: ({ day }) => day - 1,
  getDayOfWeek: ({ weekday }) => weekday,
  getDayOfYear: ({ yearDay }) => yearDay,
  getHours: ({ hours }) => hours,
  getMinutes: ({ minutes }) => minutes,
  getSeconds: ({ seconds }) => seconds,
  getMilliseconds: ({ milliseconds }) => milliseconds,
};

function partOf(part: Part, { nanos }: Timestamp, zone = 'UTC'): bigint {
  return BigInt(part(utcFields(Number(nanos / 1_000_000n) + offsetMs(zone, nanos))));
}

/** Minutes from UTC of `+01:00` or of a named zone at that time. */
function offsetMs(zone: string, nanos: bigint): number {
  const fixed = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  if (zone === 'UTC') return 0;
  try {
    const at = Number(nanos / 1_000_000n);
    const fields = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(at);
    const field = (type: string): string => fields.find((each) => each.type === type)?.value.padStart(2, '0') ?? '';
    const local = `${field('year').padStart(4, '0')}-${field('month')}-${field('day')}T${field('hour')}:${field('minute')}:${field('second')}Z`;
    return epochMsOf(local) - Math.floor(at / 1000) * 1000;
  } catch (error) {
    throw new CelError(`unknown time zone ${zone}`, { cause: error });
  }
}

const ofDuration: Record<string, bigint> = {
  getHours: 3600n * second,
  getMinutes: 60n * second,
  getSeconds: second,
  getMilliseconds: 1_000_000n,
};

export const timeLibrary: Library = [
  ...Object.entries(parts).flatMap(
    ([name, part]): Library => [
      [`timestamp.${name}(): int`, (time: Timestamp) => partOf(part, time)],
      [`timestamp.${name}(string): int`, (time: Timestamp, zone: string) => partOf(part, time, zone)],
    ],
  ),
  ...Object.entries(ofDuration).map(([name, unit]): Library[number] => [
    `duration.${name}(): int`,
    ({ nanos }: Duration) => nanos / unit,
  ]),
];
