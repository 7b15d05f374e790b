// Is a text a time, as Go's time.Parse reads RFC 3339? And how does the server write it?

import { epochMsOf, rfc3339 } from '../../base/clock.ts';

const layouts = { seconds: '2006-01-02T15:04:05Z07:00', micros: '2006-01-02T15:04:05.000000Z07:00' };
/** Elements of the layout, what stands in a text for each, and how it is called when it does not. */
const elements: [string, RegExp][] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d{2}/],
  ['-', /^-/],
  ['02', /^\d{2}/],
  ['T', /^T/],
  ['15', /^\d{1,2}/],
  [':', /^:/],
  ['04', /^\d{2}/],
  [':', /^:/],
  ['05', /^\d{2}/],
];
const fraction = /^[.,]\d+/;
const zone: [string, RegExp] = ['Z07:00', /^(?:Z|[+-]\d{2}:\d{2})/];
const whole = /^(\d{4}-\d{2}-\d{2}T\d{1,2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** Why `text` is no time, in Go's words; undefined if it is one. */
export function timeProblem(text: string, isMicro: boolean): string | undefined {
  const layout = isMicro ? layouts.micros : layouts.seconds;
  const start = `parsing time ${JSON.stringify(text)}`;
  let rest = text;
  for (const [element, pattern] of elements) {
    const found = pattern.exec(rest);
    if (!found) return cannot(start, { layout, rest, element });
    rest = rest.slice(found[0].length);
  }
  const digits = fraction.exec(rest)?.[0] ?? '';
  if (isMicro && !/^[.,]\d{6}/.test(rest)) return cannot(start, { layout, rest, element: '.000000' });
  rest = rest.slice(isMicro ? '.000000'.length : digits.length);
  const found = zone[1].exec(rest);
  if (!found) return cannot(start, { layout, rest, element: zone[0] });
  if (rest.length > found[0].length) return `${start}: extra text: ${JSON.stringify(rest.slice(found[0].length))}`;
  const out = outOfRange(text);
  return out && `${start}: ${out} out of range`;
}

const cannot = (start: string, { layout, rest, element }: Record<'layout' | 'rest' | 'element', string>): string =>
  `${start} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;

function outOfRange(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T:.Z+,]/).map(Number);
  if (month < 1 || month > 12) return 'month';
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 31;
  if (hour > 23) return 'hour';
  if (minute > 59) return 'minute';
  if (second > 59) return 'second';
  return day < 1 || day > days ? 'day' : undefined;
}

/** The time in UTC, with whole seconds or with six digits after them. */
export function canonicalTime(text: string, isMicro: boolean): string {
  const [, local = '', digits = '', offset = 'Z'] = whole.exec(text) ?? [];
  const [date = '', clock = ''] = local.split('T');
  const padded = `${date}T${clock.padStart(8, '0')}`;
  const utc = offset === 'Z' ? `${padded}Z` : rfc3339(epochMsOf(`${padded}${offset}`));
  return isMicro ? `${utc.slice(0, -1)}.${digits.slice(0, 6).padEnd(6, '0')}Z` : utc;
}
