// Functions of lists, sets, numbers and optional values.

import type { Library } from '../functions.ts';
import {
  CelError,
  type CelValue,
  celCompare,
  celEquals,
  checkedInt,
  Duration,
  numeric,
  OptionalValue,
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
  return list.flatMap((item) => (Array.isArray(item) && depth > 0n ? flatten(item, depth - 1n) : [item]));
}

function slice(list: CelValue[], start: bigint, end: bigint): CelValue[] {
  if (start < 0n || end < 0n || start > end)
    throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (end > BigInt(list.length)) throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

function distinct(list: CelValue[]): CelValue[] {
  return list.reduce<CelValue[]>((seen, item) => (includes(seen, item) ? seen : [...seen, item]), []);
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
  ['list<T>.includes(T): bool', includes],
  ['list<T>.distinct(): list<T>', distinct],
  ['list<T>.reverse(): list<T>', (list: CelValue[]) => [...list].reverse()],
  ['list<T>.slice(int, int): list<T>', slice],
  ['list<dyn>.flatten(): list<dyn>', (list: CelValue[]) => flatten(list)],
  ['list<dyn>.flatten(int): list<dyn>', flatten],
];

export const setsLibrary: Library = [
  ['sets.contains(list<T>, list<T>): bool', isSubset],
  ['sets.equivalent(list<T>, list<T>): bool', (a: CelValue[], b: CelValue[]) => isSubset(a, b) && isSubset(b, a)],
  ['sets.intersects(list<T>, list<T>): bool', (a: CelValue[], b: CelValue[]) => a.some((item) => includes(b, item))],
];

const number = (value: CelValue): number => Number(numeric(value) ?? Number.NaN);
const numbers = ['int', 'uint', 'double'];
const pick =
  (sign: number) =>
  (...items: CelValue[]): CelValue => {
    const all = items.length === 1 && Array.isArray(items[0]) ? items[0] : items;
    return extreme('math.@max', sign)(all);
  };

function shift(value: bigint, by: bigint, isLeft: boolean): bigint {
  if (by < 0n) throw new CelError(`math.bitShift${isLeft ? 'Left' : 'Right'}() negative offset: ${by}`);
  if (by >= 64n) return 0n;
  return isLeft ? BigInt.asIntN(64, value << by) : BigInt.asIntN(64, BigInt.asUintN(64, value) >> by);
}

const rounded =
  (round: (value: number) => number) =>
  (value: number): number =>
    round(value);
const halfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

export const mathLibrary: Library = [
  ...['greatest', 'least'].flatMap((name): Library => {
    const call = pick(name === 'greatest' ? 1 : -1);
    return [
      ...numbers.map((type): Library[number] => [`math.${name}(${type}): ${type}`, call]),
      ...numbers.map((type): Library[number] => [`math.${name}(${type}, ${type}): ${type}`, call]),
      ...numbers.map((type): Library[number] => [`math.${name}(list<${type}>): ${type}`, call]),
      [`math.${name}(dyn): dyn`, call],
      [`math.${name}(dyn, dyn): dyn`, call],
      [`math.${name}(dyn, dyn, dyn): dyn`, call],
      [`math.${name}(dyn, dyn, dyn, dyn): dyn`, call],
    ];
  }),
  ['math.ceil(double): double', rounded(Math.ceil)],
  ['math.floor(double): double', rounded(Math.floor)],
  ['math.round(double): double', rounded(halfAway)],
  ['math.trunc(double): double', rounded(Math.trunc)],
  ['math.isInf(double): bool', (value: number) => Math.abs(value) === Number.POSITIVE_INFINITY],
  ['math.isNaN(double): bool', (value: number) => Number.isNaN(value)],
  ['math.isFinite(double): bool', (value: number) => Number.isFinite(value)],
  ['math.abs(int): int', (value: bigint) => checkedInt(value < 0n ? -value : value)],
  ['math.abs(uint): uint', (value: Uint) => value],
  ['math.abs(double): double', (value: number) => Math.abs(value)],
  ['math.sign(int): int', (value: bigint) => (value > 0n ? 1n : value < 0n ? -1n : 0n)],
  ['math.sign(uint): uint', ({ value }: Uint) => new Uint(value > 0n ? 1n : 0n)],
  ['math.sign(double): double', (value: number) => Math.sign(value)],
  ...numbers.map((type): Library[number] => [
    `math.sqrt(${type}): double`,
    (value: CelValue) => Math.sqrt(number(value)),
  ]),
  ['math.bitAnd(int, int): int', (a: bigint, b: bigint) => a & b],
  ['math.bitOr(int, int): int', (a: bigint, b: bigint) => a | b],
  ['math.bitXor(int, int): int', (a: bigint, b: bigint) => a ^ b],
  ['math.bitNot(int): int', (a: bigint) => ~a],
  ['math.bitShiftLeft(int, int): int', (a: bigint, by: bigint) => shift(a, by, true)],
  ['math.bitShiftRight(int, int): int', (a: bigint, by: bigint) => shift(a, by, false)],
];

function valueOf({ held }: OptionalValue): CelValue {
  if (held === undefined) throw new CelError('optional.none() dereference');
  return held;
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '') return true;
  if (numeric(value) !== undefined) return number(value) === 0;
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map ? value.size === 0 : false;
}

export const optionalLibrary: Library = [
  ['optional.none(): optional<dyn>', () => OptionalValue.none],
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
