// The functions of the CEL standard: sizes, conversions, strings, regular expressions.

import { compileRegex, RegexSyntaxError } from '../../regex/re2.ts';
import type { Library } from '../functions.ts';
import {
  CelError,
  type CelValue,
  checkedInt,
  checkedUint,
  Duration,
  sizeOf,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
} from '../values.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts';

const size = (value: CelValue): bigint => BigInt(sizeOf(value));
const identity = (value: CelValue): CelValue => value;

function intOfDouble(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
}

function conversionError(type: string): CelError {
  return new CelError(`type conversion error from 'string' to '${type}'`);
}

function intOfString(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw conversionError('int');
  return checkedInt(BigInt(text.replace(/^\+/, '')), conversionError('int').message);
}

function uintOfString(text: string): Uint {
  if (!/^\d+$/.test(text) || BigInt(text) >= 2n ** 64n) throw conversionError('uint');
  return checkedUint(BigInt(text));
}

function doubleOfString(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || (Number.isNaN(value) && !/^[+-]?nan$/i.test(text))) throw conversionError('double');
  return value;
}

function boolOfString(text: string): boolean {
  if (['1', 't', 'true', 'TRUE', 'True', 'T'].includes(text)) return true;
  if (['0', 'f', 'false', 'FALSE', 'False', 'F'].includes(text)) return false;
  throw conversionError('bool');
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string', { cause: error });
  }
}

/** A double as Go's strconv prints it. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Runs a pattern. Throws CelError if it is none. */
export function regex(pattern: string): ReturnType<typeof compileRegex> {
  try {
    return compileRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw new CelError(error.message, { cause: error });
  }
}

export const standardLibrary: Library = [
  ...(['string', 'bytes', 'list<A>', 'map<A, B>'] as const).flatMap(
    (type): Library => [
      [`size(${type}): int`, size],
      [`${type}.size(): int`, size],
    ],
  ),
  ['type(dyn): type', (value: CelValue) => new TypeValue(typeNameOf(value))],
  ['dyn(A): dyn', identity],
  ['int(int): int', identity],
  ['int(uint): int', ({ value }: Uint) => checkedInt(value)],
  ['int(double): int', intOfDouble],
  ['int(string): int', intOfString],
  ['int(timestamp): int', ({ nanos }: Timestamp) => nanos / 1_000_000_000n],
  ['int(duration): int', ({ nanos }: Duration) => nanos],
  ['uint(uint): uint', identity],
  ['uint(int): uint', checkedUint],
  ['uint(double): uint', (value: number) => checkedUint(intOfDouble(value))],
  ['uint(string): uint', uintOfString],
  ['double(double): double', identity],
  ['double(int): double', (value: bigint) => Number(value)],
  ['double(uint): double', ({ value }: Uint) => Number(value)],
  ['double(string): double', doubleOfString],
  ['bool(bool): bool', identity],
  ['bool(string): bool', boolOfString],
  ['string(string): string', identity],
  ['string(int): string', (value: bigint) => value.toString()],
  ['string(uint): string', ({ value }: Uint) => value.toString()],
  ['string(double): string', formatDouble],
  ['string(bool): string', (value: boolean) => String(value)],
  ['string(bytes): string', utf8],
  ['string(timestamp): string', formatTimestamp],
  ['string(duration): string', formatDuration],
  ['bytes(bytes): bytes', identity],
  ['bytes(string): bytes', (text: string) => new Uint8Array(Buffer.from(text))],
  ['timestamp(timestamp): timestamp', identity],
  ['timestamp(string): timestamp', parseTimestamp],
  ['timestamp(int): timestamp', (seconds: bigint) => new Timestamp(seconds * 1_000_000_000n)],
  ['duration(duration): duration', identity],
  ['duration(string): duration', parseDuration],
  ['duration(int): duration', (nanos: bigint) => new Duration(nanos)],
  ['string.startsWith(string): bool', (text: string, prefix: string) => text.startsWith(prefix)],
  ['string.endsWith(string): bool', (text: string, suffix: string) => text.endsWith(suffix)],
  ['string.contains(string): bool', (text: string, part: string) => text.includes(part)],
  ['string.matches(string): bool', (text: string, pattern: string) => regex(pattern).matcher(text).find()],
  ['matches(string, string): bool', (text: string, pattern: string) => regex(pattern).matcher(text).find()],
];
