// How long may a request take, by its own word? Source: apiserver/pkg/endpoints/filters/request_deadline.go.

import { StatusError } from '../apimachinery/status-error.ts';
import type { RequestInfo } from './request-info.ts';

const streams = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
const units = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h']);
/** What Go's durations hold at most. */
const secondsMax = 9_223_372_036;
const secondsOf: Record<string, number> = { m: 60, h: 3600 };

/** Throws BadRequest if `timeout` is no duration, unless the request is one that takes its time anyway. */
export function checkTimeout({ query, verb, subresource }: RequestInfo): void {
  const timeout = query.get('timeout');
  if (!timeout || verb === 'watch' || streams.has(subresource)) return;
  const problem = durationProblem(timeout);
  if (!problem) return;
  throw new StatusError('BadRequest', `invalid timeout specified in the request URL - time: ${problem}`);
}

/** Beyond ASCII, bytes are written one by one. */
function quotedByTime(text: string): string {
  const bytesOf = (character: string): string =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16)}`).join('');
  return JSON.stringify(text).replaceAll(/\P{ASCII}/gu, bytesOf);
}

/** What Go's time.ParseDuration says of a text that is no duration. */
function durationProblem(text: string): string | undefined {
  const quoted = quotedByTime(text);
  const invalid = `invalid duration ${quoted}`;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return undefined;
  if (rest === '') return invalid;
  let seconds = 0;
  while (rest !== '') {
    const [all = '', number = '', unit = ''] = /^(\d*\.?\d*)([^.\d]*)/.exec(rest) ?? [];
    if (number === '' || number === '.') return invalid;
    if (unit === '') return `missing unit in duration ${quoted}`;
    if (!units.has(unit)) return `unknown unit ${quotedByTime(unit)} in duration ${quoted}`;
    seconds += Number(number) * (secondsOf[unit] ?? (unit === 's' ? 1 : 0));
    if (seconds > secondsMax) return invalid;
    rest = rest.slice(all.length);
  }
  return undefined;
}
