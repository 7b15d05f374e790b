// Which values do CEL expressions work on? int is a bigint, double a number, a list an array, a map a Map.

/** What went wrong while an expression ran, in cel-go's words. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since the Unix epoch. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class TypeValue {
  readonly typeName: string;
  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

export class OptionalValue {
  static readonly none = new OptionalValue(undefined);
  readonly held: CelValue | undefined;
  constructor(held: CelValue | undefined) {
    this.held = held;
  }
}

/** An object with fields of a schema, or a value that only its own functions understand. */
export abstract class CelObject {
  abstract readonly typeName: string;
  /** The field's value; undefined if the object lacks it. */
  abstract field(name: string): CelValue | undefined;
  abstract equals(other: CelObject): boolean;

  /** The object as JSON. Throws CelError if it has none. */
  toJson(): unknown {
    throw new CelError(`type conversion error from '${this.typeName}' to 'google.protobuf.Value'`);
  }
}

export type CelValue =
  | bigint
  | number
  | string
  | boolean
  | null
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | TypeValue
  | OptionalValue
  | CelObject
  | CelValue[]
  | Map<CelValue, CelValue>;

/** `int`, `list`, `kubernetes.Quantity`, … */
export function typeNameOf(value: CelValue): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    default:
      break;
  }
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof TypeValue) return 'type';
  return value instanceof OptionalValue ? 'optional_type' : value.typeName;
}

/** Numbers as what they can be compared by; undefined for all else. */
export function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

export function celEquals(a: CelValue, b: CelValue): boolean {
  const [x, y] = [numeric(a), numeric(b)];
  // A bigint and a number of the same value are equal in CEL.
  if (x !== undefined && y !== undefined) return x <= y && x >= y;
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b);
  if (a instanceof Map) return b instanceof Map && mapsEqual(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp || a instanceof Duration)
    return (b instanceof Timestamp || b instanceof Duration) && a.constructor === b.constructor && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.typeName === b.typeName;
  if (a instanceof OptionalValue) {
    if (!(b instanceof OptionalValue)) return false;
    return a.held === undefined || b.held === undefined ? a.held === b.held : celEquals(a.held, b.held);
  }
  return a instanceof CelObject && b instanceof CelObject && a.equals(b);
}

/** How a list's items are told apart, where its schema says so: sets and lists with keys have no order. */
export interface ListIdentity {
  keyOf: (item: CelValue) => CelValue;
  /** Items of lists with keys replace each other; those of sets are the same. */
  replaces: boolean;
}

const identities = new WeakMap<CelValue[], ListIdentity>();

/** Says that `list` is a set or has keys. */
export function identify(list: CelValue[], identity: ListIdentity): CelValue[] {
  identities.set(list, identity);
  return list;
}

function listsEqual(a: CelValue[], b: CelValue[]): boolean {
  if (a.length !== b.length) return false;
  if (!identities.has(a) && !identities.has(b)) return a.every((item, i) => celEquals(item, b[i] as CelValue));
  return a.every((item) => b.some((other) => celEquals(item, other)));
}

/** `a + b`: sets are united, lists with keys merged, all others put one after the other. */
export function concatLists(a: CelValue[], b: CelValue[]): CelValue[] {
  const identity = identities.get(a);
  if (!identity) return [...a, ...b];
  const { keyOf, replaces } = identity;
  const isSame = (x: CelValue, y: CelValue): boolean => celEquals(keyOf(x), keyOf(y));
  const merged = a.map((item) => (replaces ? (b.find((other) => isSame(item, other)) ?? item) : item));
  return identify([...merged, ...b.filter((item) => !a.some((other) => isSame(item, other)))], identity);
}

function mapsEqual(a: Map<CelValue, CelValue>, b: Map<CelValue, CelValue>): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, value]) => {
    const other = mapGet(b, key);
    return other !== undefined && celEquals(value, other);
  });
}

/** The entry of a map; keys of different numeric types are the same key. */
export function mapGet(map: Map<CelValue, CelValue>, key: CelValue): CelValue | undefined {
  const direct = map.get(key);
  if (direct !== undefined || typeof key === 'string') return direct;
  for (const [each, value] of map) if (celEquals(each, key)) return value;
  return undefined;
}

/** Negative, zero or positive; undefined if the two can't be compared. */
export function celCompare(a: CelValue, b: CelValue): number | undefined {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined)
    return Number.isNaN(x) || Number.isNaN(y) ? undefined : x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration))
    return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  return undefined;
}

/** Length of a string in characters, of bytes, lists and maps; 1 for all else. What costs are computed from. */
export function sizeOf(value: CelValue): number {
  if (typeof value === 'string') return Array.from(value).length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (value instanceof Uint8Array) return value.byteLength;
  if (value instanceof OptionalValue) return value.held === undefined ? 1 : sizeOf(value.held);
  return 1;
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** `value` if it fits an int. Throws CelError. */
export function checkedInt(value: bigint, what = 'integer overflow'): bigint {
  if (value < int64Min || value > int64Max) throw new CelError(what);
  return value;
}

/** `value` as a uint. Throws CelError. */
export function checkedUint(value: bigint): Uint {
  if (value < 0n || value > 2n ** 64n - 1n) throw new CelError('unsigned integer overflow');
  return new Uint(value);
}
