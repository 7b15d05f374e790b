// How much? Exact arithmetic on resource quantities: `1.5Gi`, `100m`, `12e6`.
// Grammar, rounding and canonical form of apimachinery's resource.Quantity.

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

export interface Quantity {
  /** The amount in units of 10^-9. Exact. */
  readonly nanos: bigint;
  /** The notation in which it was written, which formatting keeps. */
  readonly format: QuantityFormat;
}

/** Not a quantity. The messages are upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const numericWrong = 'unable to parse numeric part of quantity';

/** More would keep the process busy for seconds, and for hours if there are millions. */
const digitsMax = 10_000;
const nano = 1_000_000_000n;
const micro = 1_000_000n;
const maxInt64 = 2n ** 63n - 1n;
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalExponents = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const decimalSuffixes = new Map([...decimalExponents].map(([suffix, exponent]) => [exponent, suffix]));

/**
 * Reads a quantity, as a string or as the number that JSON and YAML allow. What is finer than 10^-9 is
 * rounded away from zero; binary amounts are capped at 2^63-1. Throws QuantityError.
 */
export function parseQuantity(text: string | number): Quantity {
  const source = String(text);
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(source);
  if (!match || source === '') throw new QuantityError(formatWrong);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole.length + fraction.length > digitsMax) throw new QuantityError(numericWrong);
  const digits = BigInt(whole + fraction);
  const { base, exponent, format } = readSuffix(suffix);
  // No digit at all is zero to upstream's fast path, which leaves such suffixes to another.
  if (whole === '' && fraction === '' && (base === 2n ? exponent > 40 : exponent < -9))
    throw new QuantityError(numericWrong);
  const unrounded = { digits, scale: fraction.length, base, exponent };
  const nanos = format === 'BinarySI' ? cap(toNanos(unrounded)) : toNanos(unrounded);
  const isFraction = format === 'BinarySI' && nanos > 0n && nanos < nano;
  return { nanos: sign === '-' ? -nanos : nanos, format: isFraction ? 'DecimalSI' : format };
}

/** Is `text` a quantity? */
export function isQuantity(text: unknown): text is string | number {
  return (typeof text === 'string' || typeof text === 'number') && readQuantity(text) !== undefined;
}

/** The quantity; undefined if `text` is none. */
function readQuantity(text: string | number): Quantity | undefined {
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** The canonical form: no fraction, the largest suffix that loses nothing. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const isSmall = nanos > -1024n * nano && nanos < 1024n * nano;
  if (format === 'BinarySI' && !isSmall && nanos % nano === 0n) return formatBinary(nanos / nano);
  // As text: dividing by a thousand again and again takes the square of the time.
  const digits = String(nanos);
  let length = digits.length;
  while (digits.endsWith('000', length)) length -= 3;
  const mantissa = digits.slice(0, length);
  const exponent = digits.length - length - 9;
  const suffix = format === 'DecimalExponent' ? undefined : decimalSuffixes.get(exponent);
  return `${mantissa}${suffix ?? (exponent === 0 ? '' : `e${exponent}`)}`;
}

/**
 * A quantity as upstream shows what it has read: `1024Mi` → `1Gi`, but `+1.500` as it was written, whose exponent fits.
 * Throws QuantityError.
 */
export function canonicalOf(text: string | number): string {
  return shown(String(text), parseQuantity(text));
}

/** The same of what may be no quantity: that comes back unchanged, for validation to refuse. */
export function canonicalQuantity(text: string | number): string {
  const quantity = readQuantity(text);
  return quantity ? shown(String(text), quantity) : String(text);
}

/** The same of an amount in a list of resources, which is rounded up to thousandths: away from zero. Throws QuantityError. */
export function thousandthsOf(text: string | number): string {
  const quantity = parseQuantity(text);
  const { nanos, format } = quantity;
  if (nanos % micro === 0n) return shown(String(text), quantity);
  return formatQuantity({ nanos: divideAwayFromZero(nanos, micro) * micro, format });
}

function shown(written: string, quantity: Quantity): string {
  return isKept(written) ? written : formatQuantity(quantity);
}

/** Does upstream's fast path read it and keep its text? It looks at digits and exponent alone: `007` and `1.500` pass for canonical. */
function isKept(text: string): boolean {
  const [, whole = '', fraction = '', suffix = ''] = /^[+-]?0*(\d*)\.?(\d*)(.*)$/.exec(text) ?? [];
  const digits = `${whole || '0'}${fraction}`;
  if (BigInt(digits) === 0n) return text === '0';
  const { base, exponent } = readSuffix(suffix);
  const length = (whole || '0').length + fraction.length;
  if (base === 2n) {
    const room = 14 - length - Math.trunc((exponent * 3) / 10);
    return fraction === '' && room >= 0 && BigInt(digits) % 8n !== 0n;
  }
  const scale = exponent - fraction.length;
  return length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`, whatever their notations. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, in the notation of `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, in the notation of `a` unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { nanos: -b.nanos, format: b.format });
}

/** The amount in whole units (bytes for storage), rounded up. Exact up to 2^53. */
export function quantityToNumber(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(divideAwayFromZero(nanos, nano));
}

/** The amount in thousandths (millicores for CPU), rounded up. */
export function quantityToMillis(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(divideAwayFromZero(nanos, micro));
}

/** `bytes` as a canonical binary quantity: 1073741824 → `1Gi`. */
export function bytesToQuantity(bytes: number): string {
  return formatQuantity({ nanos: BigInt(Math.ceil(bytes)) * nano, format: 'BinarySI' });
}

interface Suffix {
  base: 2n | 10n;
  exponent: number;
  format: QuantityFormat;
}

function readSuffix(suffix: string): Suffix {
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2n, exponent: binary * 10, format: 'BinarySI' };
  const decimal = decimalExponents.get(suffix);
  if (decimal !== undefined) return { base: 10n, exponent: decimal, format: 'DecimalSI' };
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1];
  // An exponent of hundreds of digits would make a bigint that fills the memory.
  if (exponent === undefined || Math.abs(Number(exponent)) > 1000)
    throw new QuantityError("unable to parse quantity's suffix");
  return { base: 10n, exponent: Number(exponent), format: 'DecimalExponent' };
}

function toNanos(amount: { digits: bigint; scale: number; base: 2n | 10n; exponent: number }): bigint {
  const binaryFactor = amount.base === 2n ? 2n ** BigInt(amount.exponent) : 1n;
  const power = 9 - amount.scale + (amount.base === 10n ? amount.exponent : 0);
  const digits = amount.digits * binaryFactor;
  return power >= 0 ? digits * 10n ** BigInt(power) : divideAwayFromZero(digits, 10n ** BigInt(-power));
}

function cap(nanos: bigint): bigint {
  return nanos > maxInt64 * nano ? maxInt64 * nano : nanos;
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value > 0n ? quotient + 1n : quotient - 1n;
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binarySuffixes.length - 1) {
    mantissa /= 1024n;
    step += 1;
  }
  return `${mantissa}${binarySuffixes[step]}`;
}
