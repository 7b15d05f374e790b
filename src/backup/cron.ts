// When does a schedule run? Cron expressions as Velero reads them: five fields, names such as @daily, `@every 6h`, and
// `CRON_TZ=`. Source: the standard parser of github.com/netresearch/go-cron, which Velero uses.

import { nextCalendarTime } from './cron-calendar.ts';
import { msOfDuration } from './duration.ts';

export interface CronSchedule {
  /** The first time after `afterMs` (milliseconds since the Unix epoch); undefined if there is none in five years. */
  next(afterMs: number): number | undefined;
}

/** The values at which each field holds. */
export interface CronFields {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  /** 1 is the first of the month. */
  days: ReadonlySet<number>;
  /** 1 is January. */
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  weekdays: ReadonlySet<number>;
}

class CronError extends Error {
  override readonly name = 'CronError';
}

interface Bounds {
  min: number;
  max: number;
  names?: string[];
}

// A range that ends before it begins goes around: 22-2 are five hours.
const minuteBounds: Bounds = { min: 0, max: 59 };
const hourBounds: Bounds = { min: 0, max: 23 };
const dayBounds: Bounds = { min: 1, max: 31 };
const monthNames = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthBounds: Bounds = { min: 1, max: 12, names: monthNames };
/** 7 is Sunday too. */
const weekdayBounds: Bounds = { min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };

const descriptors: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const onlyByHand = ['@triggered', '@manual', '@none'];
const lengthMax = 1024;
const every = '@every ';

/**
 * Parses an expression; without `CRON_TZ=` or `TZ=` its times are UTC. The error is worded as Velero's.
 * An expression that never holds, such as the 30th of February, is valid.
 */
export function parseCron(text: string): { schedule: CronSchedule } | { error: string } {
  try {
    return { schedule: parse(text) };
  } catch (error) {
    if (error instanceof CronError) return { error: error.message };
    throw error;
  }
}

function parse(text: string): CronSchedule {
  const length = Buffer.byteLength(text);
  if (length > lengthMax) throw new CronError(`spec too long: ${length} > ${lengthMax}`);
  const { timeZone, rest } = splitTimeZone(text);
  if (onlyByHand.includes(rest)) return { next: () => undefined };
  if (rest.startsWith(every)) return parseEvery(rest);
  const descriptor = Object.hasOwn(descriptors, rest) ? descriptors[rest] : undefined;
  if (rest.startsWith('@') && descriptor === undefined) throw new CronError(`unrecognized descriptor: ${quote(rest)}`);
  const fields = parseFields(descriptor ?? rest);
  return { next: (afterMs) => nextCalendarTime(fields, { afterMs, timeZone }) };
}

function splitTimeZone(text: string): { timeZone: string; rest: string } {
  if (!/^(?:CRON_)?TZ=/.test(text)) return { timeZone: 'UTC', rest: text };
  const end = text.indexOf(' ');
  if (end < 0) throw new CronError(`missing fields after timezone in spec ${quote(text)}`);
  const timeZone = text.slice(text.indexOf('=') + 1, end).replace(/^(["'])(.*)\1$/, '$2');
  const rest = text.slice(end).trim();
  checkTimeZone(timeZone);
  if (rest === '') throw new CronError(`missing fields after timezone ${quote(timeZone)}`);
  return { timeZone, rest };
}

function checkTimeZone(name: string): void {
  if (name === '') throw new CronError('invalid timezone "": empty timezone string');
  if (name.length > 64) throw new CronError(`invalid timezone ${quote(name)}: timezone string too long (max 64 chars)`);
  const position = name.search(/[^A-Za-z0-9/_+:-]/);
  if (position >= 0) {
    const why = `invalid character '${name[position]}' at position ${position} in timezone`;
    throw new CronError(`invalid timezone ${quote(name)}: ${why}`);
  }
  if (!/^[A-Za-z]/.test(name) || !isTimeZone(name)) {
    throw new CronError(`unknown time zone ${quote(name)}: unknown time zone ${name}`);
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function parseEvery(text: string): CronSchedule {
  const wanted = text.slice(every.length);
  const parsedMs = msOfDuration(wanted);
  if (parsedMs === undefined) {
    throw new CronError(`failed to parse duration ${quote(text)}: time: invalid duration ${quote(wanted)}`);
  }
  if (parsedMs < 1000) throw new CronError(`@every duration must be at least 1s: ${quote(text)}`);
  const delayMs = parsedMs - (parsedMs % 1000);
  return { next: (afterMs) => afterMs - (afterMs % 1000) + delayMs };
}

function parseFields(text: string): CronFields {
  const fields = text.split(/\s+/).filter((field) => field !== '');
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5) {
    throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  if (fields.some((field) => field.split(',').some((part) => part.startsWith('H')))) {
    throw new CronError('h expressions require hash option to be enabled');
  }
  const minutes = valuesOf(minute, minuteBounds);
  const hours = valuesOf(hour, hourBounds);
  const months = valuesOf(month, monthBounds);
  if (/[lw]/i.test(day)) {
    throw new CronError(
      'extended day-of-month syntax requires DomL option (for L, L-n) or DomW option (for nW, LW) to be enabled',
    );
  }
  const days = valuesOf(day, dayBounds);
  if (weekday.includes('#')) throw new CronError('#n/#L syntax requires DowNth or DowLast option to be enabled');
  const weekdays = new Set([...valuesOf(weekday, weekdayBounds)].map((each) => each % 7));
  return { minutes, hours, days, months, weekdays };
}

function valuesOf(field: string, bounds: Bounds): Set<number> {
  const ranges = field.split(',').filter((range) => range !== '');
  return new Set(ranges.flatMap((range) => valuesOfRange(range, bounds)));
}

function valuesOfRange(text: string, bounds: Bounds): number[] {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [first = '', last, ...moreEnds] = range.split('-');
  const isAll = first === '*' || first === '?';
  const start = isAll ? bounds.min : numberOf(first, bounds);
  if (!isAll && moreEnds.length > 0) throw new CronError(`too many hyphens: ${quote(range)}`);
  const ending = isAll ? bounds.max : last === undefined ? start : numberOf(last, bounds);
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${quote(text)}`);
  const step = stepText === undefined ? 1 : numberOf(stepText, { min: 0, max: Infinity });
  // "5/10" means from 5 on.
  const end = stepText !== undefined && last === undefined ? bounds.max : ending;
  if (start < bounds.min) {
    throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${quote(text)}`);
  }
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${quote(text)}`);
  if (step === 0) throw new CronError(`step of range must be a positive number: ${quote(text)}`);
  const count = bounds.max - bounds.min + 1;
  const size = end >= start ? end - start + 1 : bounds.max - start + 1 + (end - bounds.min + 1);
  if (step > 1 && step >= size) {
    throw new CronError(`step (${step}) must be less than range size (${size}): ${quote(text)}`);
  }
  const values: number[] = [];
  for (let value = start; value <= (end >= start ? end : end + count); value += step) {
    values.push(value > bounds.max ? ((value - bounds.min) % count) + bounds.min : value);
  }
  return values;
}

function numberOf(text: string, { names }: Bounds): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0 && text !== '') return named;
  if (!/^[+-]?\d+$/.test(text)) {
    throw new CronError(
      `failed to parse int from ${quote(text)}: strconv.Atoi: parsing ${quote(text)}: invalid syntax`,
    );
  }
  const number = Number(text);
  if (number < 0) throw new CronError(`negative number (${number}) not allowed: ${quote(text)}`);
  return number;
}

/** As Go's %q writes plain text. */
function quote(text: string): string {
  return JSON.stringify(text);
}
