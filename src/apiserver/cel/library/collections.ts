// Functions of lists, sets and optional values.

import type { Library } from '../functions.ts';
import { StructValue } from '../struct-value.ts';
import {
  CelError,
  type CelValue,
  celCompare,
  celEquals,
  checkedInt,
  Duration,
  numeric,
  OptionalValue,
  typeNameOf,
  Uint,
} from '../values.ts';

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

function compare(a: CelValue, b: CelValue): number {
  const order = celCompare(a, b);
  if (order === undefined) throw new CelError('no such overload');
  return order;
}

function isSorted(list: CelValue[]): boolean {
  return list.every((item, i) => i === 0 || compare(list[i - 1] as CelValue, item) <= 0);
}

function extreme(name: string, sign: number): (list: CelValue[]) => CelValue {
  return (list) => {
    if (list.length === 0) throw new CelError(`${name} called on empty list`);
    return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
  };
}

const sums: Record<string, (list: never[]) => CelValue> = {
  int: (list: bigint[]) => list.reduce((total, item) => checkedInt(total + item), 0n),
  uint: (list: Uint[]) => new Uint(list.reduce((total, { value }) => total + value, 0n)),
  double: (list: number[]) => list.reduce((total, item) => total + item, 0),
  duration: (list: Duration[]) => new Duration(list.reduce((total, { nanos }) => checkedInt(total + nanos), 0n)),
};

const includes = (list: CelValue[], item: CelValue): boolean => list.some((each) => celEquals(each, item));

function flatten(list: CelValue[], depth = 1n): CelValue[] {
  if (depth < 0n) throw new CelError('level must be non-negative');
  return list.flatMap((item) => (Array.isArray(item) && depth > 0n ? flatten(item, depth - 1n) : [item]));
}

function slice(list: CelValue[], start: bigint, end: bigint): CelValue[] {
  if (start < 0n || end < 0n) throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > BigInt(list.length)) throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function distinct(list: CelValue[]): CelValue[] {
  return list.reduce<CelValue[]>((seen, item) => (includes(seen, item) ? seen : [...seen, item]), []);
}

/** No list is longer than what one expression may cost. */
const rangeMax = 1_000_000n;

function range(count: bigint): CelValue[] {
  if (count > rangeMax) throw new CelError('operation cancelled: actual cost limit exceeded');
  return Array.from({ length: Math.max(0, Number(count)) }, (_, i) => BigInt(i));
}

/** `list` in the order of its items' `keys`. Throws CelError if those can't be compared. */
export function sortedBy(list: CelValue[], keys: readonly CelValue[]): CelValue[] {
  const [first] = keys;
  if (first === undefined) return list;
  if (celCompare(first, first) === undefined) throw new CelError('list elements must be comparable');
  const isMixed = keys.some((key) => typeNameOf(key) !== typeNameOf(first));
  if (isMixed) throw new CelError('list elements must have the same type');
  return keys
    .map((key, i) => ({ key, i }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ i }) => list[i] as CelValue);
}

function unwrapped(list: CelValue[]): CelValue[] {
  return list.flatMap((item) => {
    if (!(item instanceof OptionalValue)) throw new CelError(`value ${String(item)} is not optional`);
    return item.held === undefined ? [] : [item.held];
  });
}

const isSubset = (all: CelValue[], some: CelValue[]): boolean => some.every((item) => includes(all, item));

export const listsLibrary: Library = [
  ...comparable.flatMap(
    (type): Library => [
      [`list<${type}>.isSorted(): bool`, isSorted],
      [`list<${type}>.min(): ${type}`, extreme('min', -1)],
      [`list<${type}>.max(): ${type}`, extreme('max', 1)],
    ],
  ),
  ...Object.entries(sums).map(([type, sum]): Library[number] => [`list<${type}>.sum(): ${type}`, sum]),
  [
    'list<T>.indexOf(T): int',
    (list: CelValue[], item: CelValue) => BigInt(list.findIndex((each) => celEquals(each, item))),
  ],
  [
    'list<T>.lastIndexOf(T): int',
    (list: CelValue[], item: CelValue) => BigInt(list.findLastIndex((each) => celEquals(each, item))),
  ],
  ['list<T>.distinct(): list<T>', distinct],
  ['list<T>.reverse(): list<T>', (list: CelValue[]) => [...list].reverse()],
  ['list<T>.slice(int, int): list<T>', slice],
  ...comparable.map((type): Library[number] => [
    `list<${type}>.sort(): list<${type}>`,
    (list: CelValue[]) => sortedBy(list, list),
  ]),
  ['lists.range(int): list<int>', range],
  ['list<T>.first(): optional<T>', (list: CelValue[]) => new OptionalValue(list[0])],
  ['list<T>.last(): optional<T>', (list: CelValue[]) => new OptionalValue(list.at(-1))],
  ['list<list<T>>.flatten(): list<T>', (list: CelValue[]) => flatten(list)],
  ['list<dyn>.flatten(int): list<dyn>', flatten],
];

export const setsLibrary: Library = [
  ['sets.contains(list<T>, list<T>): bool', isSubset],
  ['sets.equivalent(list<T>, list<T>): bool', (a: CelValue[], b: CelValue[]) => isSubset(a, b) && isSubset(b, a)],
  ['sets.intersects(list<T>, list<T>): bool', (a: CelValue[], b: CelValue[]) => a.some((item) => includes(b, item))],
];

function valueOf({ held }: OptionalValue): CelValue {
  if (held === undefined) throw new CelError('optional.none() dereference');
  return held;
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '') return true;
  if (numeric(value) !== undefined) return Number(numeric(value)) === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Uint8Array) return value.byteLength === 0;
  if (value instanceof StructValue) return value.fields.size === 0;
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map ? value.size === 0 : false;
}

export const optionalLibrary: Library = [
  ['optional.unwrap(list<optional<T>>): list<T>', unwrapped],
  ['list<optional<T>>.unwrapOpt(): list<T>', unwrapped],
  ['optional.none(): optional<T>', () => OptionalValue.none],
  ['optional.of(T): optional<T>', (value: CelValue) => new OptionalValue(value)],
  [
    'optional.ofNonZeroValue(T): optional<T>',
    (value: CelValue) => (isZero(value) ? OptionalValue.none : new OptionalValue(value)),
  ],
  ['optional<T>.hasValue(): bool', ({ held }: OptionalValue) => held !== undefined],
  ['optional<T>.value(): T', valueOf],
  ['optional<T>.or(optional<T>): optional<T>', (a: OptionalValue, b: OptionalValue) => (a.held === undefined ? b : a)],
  ['optional<T>.orValue(T): T', ({ held }: OptionalValue, other: CelValue) => held ?? other],
];
