// How does `"%d of %s".format([1, x])` write its values? Source: cel-go/ext/formatting.go.

import { CelError, type CelValue, Duration, Timestamp, TypeValue, typeNameOf, Uint } from '../values.ts';
import { formatDouble } from './standard.ts';
import { formatDuration, formatTimestamp } from './time.ts';

/** A clause can't take what stands in its place. */
export class ClauseError extends CelError {
  /** Which of the arguments. */
  readonly argument: number;

  constructor(message: string, argument: number) {
    super(message);
    this.argument = argument;
  }
}

const taken: Record<string, string> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  o: 'octal clause can only be used on integers',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
};

/**
 * The text with its clauses replaced. An argument that is not known yet fits every clause. Throws CelError on a clause or
 * value that does not fit.
 */
export function formatText(format: string, args: (CelValue | undefined)[]): string {
  let next = 0;
  const text = format.replace(
    /%(?:(\.\d+)?([a-zA-Z])|%|.?)/g,
    (clause, precision: string | undefined, verb: string | undefined) => {
      if (clause === '%%') return '%';
      if (verb === undefined)
        throw new CelError(
          `could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(clause.slice(1))}`,
        );
      if (next >= args.length) throw new CelError(`index ${next} out of range`);
      const value = args[next];
      next += 1;
      const text = clauseOf(verb, value, precision === undefined ? 6 : Number(precision.slice(1)));
      if (text !== undefined) return text;
      const found = typeNameOf(value as CelValue);
      throw new ClauseError(`error during formatting: ${taken[verb.toLowerCase()]}, was given ${found}`, next - 1);
    },
  );
  if (next < args.length)
    throw new CelError(`too many arguments supplied to string.format (expected ${next}, got ${args.length})`);
  return text;
}

/** The value as the clause writes it; undefined if it can't. */
function clauseOf(verb: string, value: CelValue | undefined, precision: number): string | undefined {
  if (!Object.hasOwn(taken, verb) && verb !== 'X')
    throw new CelError(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`);
  if (value === undefined) return '';
  const number = typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined;
  switch (verb) {
    case 's':
      return isText(value) ? textOf(value) : undefined;
    case 'd':
      if (number !== undefined) return number.toString();
      break;
    case 'f':
      if (typeof value === 'number') return value.toFixed(precision);
      if (number !== undefined) return Number(number).toFixed(precision);
      break;
    case 'e':
      if (typeof value === 'number') return scientific(value, precision);
      break;
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (number !== undefined) return number.toString(2);
      break;
    case 'o':
      if (number !== undefined) return number.toString(8);
      break;
    case 'x':
    case 'X': {
      const hex = number?.toString(16) ?? hexOf(value);
      if (hex !== undefined) return verb === 'X' ? hex.toUpperCase() : hex;
      break;
    }
  }
  return undefined;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `3.140000×10⁰⁰`, as cel-go writes it. */
function scientific(value: number, precision: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(precision).split('e');
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0');
  const raised = digits.replace(/\d/g, (digit) => superscripts[Number(digit)] ?? '');
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${raised}`;
}

function hexOf(value: CelValue): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined;
}

function isText(value: CelValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Map) return true;
  return [Uint, Uint8Array, Timestamp, Duration, TypeValue].some((type) => value instanceof type);
}

/** A value as `%s` and messages show it. */
export function textOf(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDouble(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return value.toString();
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${textOf(key)}: ${textOf(item)}`);
    return `{${entries.sort().join(', ')}}`;
  }
  if (value instanceof Uint) return value.value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof TypeValue) return value.typeName;
  throw new CelError(
    'error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  );
}
