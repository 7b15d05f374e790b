// What do the operators of CEL do?

import type { Library } from './functions.ts';
import {
  CelError,
  type CelValue,
  celCompare,
  celEquals,
  checkedInt,
  checkedUint,
  concatLists,
  Duration,
  mapGet,
  Timestamp,
  Uint,
} from './values.ts';

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('division by zero');
  return a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('modulus by zero');
  return a % b;
}

const uints =
  (combine: (a: bigint, b: bigint) => bigint) =>
  (a: Uint, b: Uint): Uint =>
    checkedUint(combine(a.value, b.value));
const ints =
  (combine: (a: bigint, b: bigint) => bigint) =>
  (a: bigint, b: bigint): bigint =>
    checkedInt(combine(a, b));

function ordered(test: (order: number) => boolean): (a: CelValue, b: CelValue) => boolean {
  return (a, b) => {
    const order = celCompare(a, b);
    return order !== undefined && test(order);
  };
}

const comparisons: Record<string, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
const pairs = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'].map((type) => `${type}, ${type}`),
  'int, double',
  'double, int',
  'int, uint',
  'uint, int',
  'uint, double',
  'double, uint',
];

export const operatorLibrary: Library = [
  ['+(int, int): int', ints((a, b) => a + b)],
  ['+(uint, uint): uint', uints((a, b) => a + b)],
  ['+(double, double): double', (a: number, b: number) => a + b],
  ['+(string, string): string', (a: string, b: string) => a + b],
  ['+(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b]))],
  ['+(list<T>, list<T>): list<T>', concatLists],
  ['+(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos)],
  ['+(duration, timestamp): timestamp', (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos)],
  ['+(duration, duration): duration', (a: Duration, b: Duration) => new Duration(checkedInt(a.nanos + b.nanos))],
  ['-(int, int): int', ints((a, b) => a - b)],
  ['-(uint, uint): uint', uints((a, b) => a - b)],
  ['-(double, double): double', (a: number, b: number) => a - b],
  ['-(timestamp, timestamp): duration', (a: Timestamp, b: Timestamp) => new Duration(checkedInt(a.nanos - b.nanos))],
  ['-(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos)],
  ['-(duration, duration): duration', (a: Duration, b: Duration) => new Duration(checkedInt(a.nanos - b.nanos))],
  ['*(int, int): int', ints((a, b) => a * b)],
  ['*(uint, uint): uint', uints((a, b) => a * b)],
  ['*(double, double): double', (a: number, b: number) => a * b],
  ['/(int, int): int', ints(divide)],
  ['/(uint, uint): uint', uints(divide)],
  ['/(double, double): double', (a: number, b: number) => a / b],
  ['%(int, int): int', ints(remainder)],
  ['%(uint, uint): uint', uints(remainder)],
  ['==(T, T): bool', celEquals],
  ['!=(T, T): bool', (a: CelValue, b: CelValue) => !celEquals(a, b)],
  ...Object.entries(comparisons).flatMap(([operator, test]) =>
    pairs.map((pair): Library[number] => [`${operator}(${pair}): bool`, ordered(test)]),
  ),
  ['in(T, list<T>): bool', (item: CelValue, list: CelValue[]) => list.some((each) => celEquals(each, item))],
  ['in(A, map<A, B>): bool', (key: CelValue, map: Map<CelValue, CelValue>) => mapGet(map, key) !== undefined],
  ['!_(bool): bool', (value: boolean) => !value],
  ['-_(int): int', (value: bigint) => checkedInt(-value)],
  ['-_(double): double', (value: number) => -value],
];
