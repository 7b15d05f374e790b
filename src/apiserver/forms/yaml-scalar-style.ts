// How may a text stand in YAML, so that Go's reader takes it for that text again? Plain, in quotes, or as lines.
// Source: go.yaml.in/yaml/v2, encode and the emitter's analysis of scalars.

import { numberOrText } from '../yaml-scalars.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

const breaks = /[\n\r\u0085\u2028\u2029]/;
const unprintable = /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** Has the text a character that ends a line to YAML? */
export function hasBreak(text: string): boolean {
  return breaks.test(text);
}

/** Can all of the text stand there as it is? To Go's writer nothing can beyond the basic plane. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text);
}

const words =
  /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF|~|null|Null|NULL|)$/;
const special = /^(?:\.nan|\.NaN|\.NAN|[-+]?\.(?:inf|Inf|INF))$/;
const baseSixty = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const date = /^(\d{4})-(1[0-2]|0?[1-9])-([12]\d|3[01]|0?[1-9])/;
const clock = /^(?:[01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(?:[.,]\d+)?$/;
const zone = /(?:Z|[-+](?:[01]\d|2[0-4]):(?:[0-5]\d|60))$/;

/** Would a reader take the plain text for something else: a boolean, a number, a time? */
function meansMore(text: string): boolean {
  return words.test(text) || special.test(text) || baseSixty.test(text) || isNumber(text) || isTime(text);
}

function isNumber(text: string): boolean {
  if (text.startsWith('.')) return /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text) && Number.isFinite(Number(text));
  if (!/^[-+0-9]/.test(text) || typeof numberOrText(text) !== 'number') return false;
  const [, sign, digits] = /^([-+]?)(0[xXbBoO].*)$/.exec(text.replaceAll('_', '')) ?? [];
  // Only decimal numbers may have more than 64 bits.
  return digits === undefined || BigInt(digits) < (sign === '-' ? 2n ** 63n + 1n : sign ? 2n ** 63n : 2n ** 64n);
}

function isTime(text: string): boolean {
  const [found, year, month, day] = date.exec(text) ?? [];
  if (found === undefined || Number(day) > daysIn(Number(year), Number(month))) return false;
  const rest = text.slice(found.length);
  if (rest === '') return true;
  if (rest.startsWith(' ')) return clock.test(rest.slice(1));
  return /^[Tt]/.test(rest) && zone.test(rest) && clock.test(rest.slice(1).replace(zone, ''));
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const forbiddenFirst = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$)|---|\.\.\.)/;
const forbiddenWithin = /:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029\0]#/u;

/** The style of a text; a key stands on one line. */
export function scalarStyle(text: string, { isKey }: { isKey: boolean }): ScalarStyle {
  const isMultiline = hasBreak(text);
  const isSpecial = !isPrintable(text) || / [\n\r\u0085\u2028\u2029]/.test(text);
  if (isKey && isMultiline) return 'double';
  if (text.includes('\n')) return isSpecial || text.endsWith(' ') ? 'double' : 'literal';
  if (isSpecial || meansMore(text) || /[\r\u0085\u2028\u2029] /.test(text)) return 'double';
  const isBounded = text.startsWith(' ') || text.endsWith(' ') || isMultiline;
  return isBounded || forbiddenFirst.test(text) || forbiddenWithin.test(text) ? 'single' : 'plain';
}
