// How does Go read and write a duration? `1h30m0s`: in JSON, in queries, in Velero's fields and in CEL. Source: Go's
// time.ParseDuration and Duration.String.

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const [micro, milli, second, minute, hour] = [1000n, 10n ** 6n, 10n ** 9n, 60n * 10n ** 9n, 3600n * 10n ** 9n];
const most = 2n ** 63n;
const digitsMost = String(most).length;
/** Digits of a fraction that count: what follows would not fit 63 bits. */
const fractionMost = (most - 1n) / 10n;

/** A text is no duration; the message is Go's. */
export class GoDurationError extends Error {
  override readonly name = 'GoDurationError';
}

/** Nanoseconds of `1h30m0.5s`. Throws GoDurationError. */
export function parseGoDuration(text: string): bigint {
  const quoted = (): string => quotedByTime(text);
  const invalid = (): never => refuse(`invalid duration ${quoted()}`);
  const isNegative = text.startsWith('-');
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0n;
  if (rest === '') invalid();
  let total = 0n;
  while (rest !== '') {
    const [all = '', whole = '', fraction = '', unit = ''] = /^(\d*)(?:\.(\d*))?([^.\d]*)/.exec(rest) ?? [];
    if (whole === '' && fraction === '') invalid();
    const count = wholeOf(whole) ?? invalid();
    if (unit === '') refuse(`missing unit in duration ${quoted()}`);
    const nanos = units.get(unit) ?? refuse(`unknown unit ${quotedByTime(unit)} in duration ${quoted()}`);
    total += count * nanos + fractionOf(fraction, nanos);
    if (total > most) invalid();
    rest = rest.slice(all.length);
  }
  if (total === most && !isNegative) invalid();
  return isNegative ? -total : total;
}

/** `1h30m0s` of nanoseconds. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < micro) return `${sign}${size}ns`;
  if (size < milli) return `${sign}${decimal(size, micro)}µs`;
  if (size < second) return `${sign}${decimal(size, milli)}ms`;
  const seconds = `${decimal(size % minute, second)}s`;
  if (size < minute) return `${sign}${seconds}`;
  const minutes = `${(size / minute) % 60n}m${seconds}`;
  return size < hour ? `${sign}${minutes}` : `${sign}${size / hour}h${minutes}`;
}

function refuse(what: string): never {
  throw new GoDurationError(`time: ${what}`);
}

/** Undefined if it is more than a duration holds, however many digits that has. */
function wholeOf(digits: string): bigint | undefined {
  const significant = digits.replace(/^0+/, '');
  if (significant.length > digitsMost) return undefined;
  const value = BigInt(significant);
  return value > most ? undefined : value;
}

/** Go multiplies with a float, and cuts what is left. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > fractionMost) break;
    const next = value * 10n + BigInt(digit);
    if (next > most) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function decimal(size: bigint, unit: bigint): string {
  const rest = String(size % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(size / unit) : `${size / unit}.${rest}`;
}

/** As package time quotes a text: what is no printable ASCII byte by byte. */
function quotedByTime(text: string): string {
  const quoted = Array.from(text, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    if (character >= ' ' && character < '\u0080') return character;
    return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `"${quoted.join('')}"`;
}
