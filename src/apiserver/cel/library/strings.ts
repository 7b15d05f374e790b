// The string functions of cel-go's extension, as Kubernetes has them: characters, not bytes.

import type { Library } from '../functions.ts';
import { CelError, type CelValue } from '../values.ts';
import { formatText } from './format-text.ts';

const runes = (text: string): string[] => Array.from(text);

function within(index: bigint, length: number): number {
  if (index < 0n || index > BigInt(length)) throw new CelError(`index out of range: ${index}`);
  return Number(index);
}

function charAt(text: string, index: bigint): string {
  const all = runes(text);
  return all[within(index, all.length)] ?? '';
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const [all, wanted] = [runes(text), runes(part)];
  const start = within(from, all.length);
  if (wanted.length === 0) return from;
  for (let i = start; i + wanted.length <= all.length; i++)
    if (wanted.every((rune, j) => all[i + j] === rune)) return BigInt(i);
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const [all, wanted] = [runes(text), runes(part)];
  const start = from === undefined ? all.length : within(from, all.length);
  if (wanted.length === 0) return BigInt(start);
  for (let i = Math.min(start, all.length - wanted.length); i >= 0; i--)
    if (wanted.every((rune, j) => all[i + j] === rune)) return BigInt(i);
  return -1n;
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = runes(text);
  const to = end === undefined ? all.length : within(end, all.length);
  const from = within(start, all.length);
  if (from > to) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return all.slice(from, to).join('');
}

function replace(text: string, part: string, ...[by, count = -1n]: [by: string, count?: bigint]): string {
  if (count === 0n) return text;
  if (part === '') return replaceNothing(text, by, count);
  const pieces = text.split(part);
  const limit = count < 0n ? pieces.length : Number(count) + 1;
  if (pieces.length <= limit) return pieces.join(by);
  return [...pieces.slice(0, limit - 1), pieces.slice(limit - 1).join(part)].join(by);
}

/** Go puts the replacement around every character. */
function replaceNothing(text: string, by: string, count: bigint): string {
  const all = runes(text);
  const max = count < 0n ? all.length + 1 : Number(count);
  return all.map((rune, i) => (i < max ? by + rune : rune)).join('') + (all.length < max ? by : '');
}

function split(text: string, separator: string, count = -1n): string[] {
  if (count === 0n) return [];
  const pieces = separator === '' ? runes(text) : text.split(separator);
  if (count < 0n || pieces.length <= Number(count)) return pieces;
  return [...pieces.slice(0, Number(count) - 1), pieces.slice(Number(count) - 1).join(separator)];
}

function join(list: CelValue[], separator = ''): string {
  return list.map((item) => (typeof item === 'string' ? item : fail())).join(separator);
}

function fail(): never {
  throw new CelError('no such overload');
}

const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const asciiUpper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

export const stringsLibrary: Library = [
  ['string.charAt(int): string', charAt],
  ['string.indexOf(string): int', (text: string, part: string) => indexOf(text, part)],
  ['string.indexOf(string, int): int', indexOf],
  ['string.lastIndexOf(string): int', (text: string, part: string) => lastIndexOf(text, part)],
  ['string.lastIndexOf(string, int): int', lastIndexOf],
  ['string.lowerAscii(): string', asciiLower],
  ['string.upperAscii(): string', asciiUpper],
  ['string.replace(string, string): string', (text: string, part: string, by: string) => replace(text, part, by)],
  ['string.replace(string, string, int): string', replace],
  ['string.split(string): list<string>', (text: string, separator: string) => split(text, separator)],
  ['string.split(string, int): list<string>', split],
  ['string.substring(int): string', (text: string, start: bigint) => substring(text, start)],
  ['string.substring(int, int): string', substring],
  ['string.trim(): string', (text: string) => text.trim()],
  ['string.format(list<dyn>): string', formatText],
  ['list<string>.join(): string', (list: CelValue[]) => join(list)],
  ['list<string>.join(string): string', join],
  ['strings.quote(string): string', (text: string) => JSON.stringify(text)],
];

/** Only where a policy writes JSON patches. */
export const jsonPatchLibrary: Library = [
  ['jsonpatch.escapeKey(string): string', (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')],
];
