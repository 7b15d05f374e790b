// Which minute is the next at which a calendar shows what a cron expression asks for? Also where clocks are put forward and back.

import { utcFields } from '../base/clock.ts';
import type { CronFields } from './cron.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Source: go-cron's defaultSearchYears. */
const searchYears = 5;

interface Local {
  year: number;
  month: number;
  day: number;
  weekday: number;
  hour: number;
  minute: number;
}

/**
 * The first whole minute after `afterMs` whose fields all hold in `timeZone`; undefined if there is none in five years.
 * An hour that is left out when clocks go forward runs in the one after it; one that comes twice runs twice.
 */
export function nextCalendarTime(
  fields: CronFields,
  { afterMs, timeZone }: { afterMs: number; timeZone: string },
): number | undefined {
  const localOf = calendarOf(timeZone);
  let atMs = (Math.floor(afterMs / minuteMs) + 1) * minuteMs;
  let local = localOf(atMs);
  const yearMax = local.year + searchYears;
  const moveTo = (ms: number): void => {
    atMs = ms;
    local = localOf(ms);
  };
  // The hour that is left out, if the present one comes right after it.
  let skippedHour: number | undefined;
  while (local.year <= yearMax) {
    const isDay = fields.months.has(local.month) && fields.days.has(local.day) && fields.weekdays.has(local.weekday);
    const isHour = fields.hours.has(local.hour) || (skippedHour !== undefined && fields.hours.has(skippedHour));
    if (!isDay) {
      skippedHour = undefined;
      moveTo(atMs + (24 - local.hour) * hourMs - local.minute * minuteMs);
      // A day of 23 or 25 hours.
      if (local.hour > 12) moveTo(atMs + (24 - local.hour) * hourMs);
      else if (local.hour > 0 && localOf(atMs - local.hour * hourMs).day === local.day)
        moveTo(atMs - local.hour * hourMs);
    } else if (!isHour) {
      const { hour, day } = local;
      moveTo(atMs + (60 - local.minute) * minuteMs);
      skippedHour = local.day === day && local.hour - hour === 2 ? local.hour - 1 : undefined;
    } else if (!fields.minutes.has(local.minute)) {
      const { hour } = local;
      moveTo(atMs + minuteMs);
      if (local.hour !== hour || local.minute === 0) skippedHour = undefined;
    } else return atMs;
  }
  return undefined;
}

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function calendarOf(timeZone: string): (atMs: number) => Local {
  if (timeZone === 'UTC') return utc;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'short',
  });
  return (atMs) => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const weekday = weekdayNames.indexOf(parts.get('weekday') ?? '');
    return { year: of('year'), month: of('month'), day: of('day'), weekday, hour: of('hour'), minute: of('minute') };
  };
}

function utc(atMs: number): Local {
  const { year, month, day, weekday, hours, minutes } = utcFields(atMs);
  return { year, month: month + 1, day, weekday, hour: hours, minute: minutes };
}
