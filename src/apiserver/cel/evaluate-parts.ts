// Where does an expression find its variables, fields and items?

import type { Comprehension } from './macros.ts';
import type { Node } from './syntax.ts';
import { CelError, CelObject, type CelValue, mapGet } from './values.ts';

const overloadError = 'no such overload';

/** Variables; those of macros come before those around them. */
export interface Scope {
  get(name: string): CelValue | undefined;
}

/** Names that stand for types. */
export const typeNames = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
  'optional_type',
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
  'kubernetes.Quantity',
  'kubernetes.URL',
  'kubernetes.Semver',
  'net.IP',
  'net.CIDR',
]);

/** The entry or field `key`; undefined if there is none. Throws CelError where nothing can be. */
export function fieldOf(target: CelValue, key: CelValue): CelValue | undefined {
  if (target instanceof Map) return mapGet(target, key);
  if (target instanceof CelObject) return typeof key === 'string' ? target.field(key) : undefined;
  throw new CelError(overloadError);
}

/** Throws CelError for what is not there. */
export function required(value: CelValue | undefined, key: string): CelValue {
  if (value === undefined) throw new CelError(`no such key: ${key}`);
  return value;
}

/** `outer` with one variable more. */
export function within(outer: Scope, name: string, value: CelValue): Scope {
  return { get: (wanted) => (wanted === name ? value : outer.get(wanted)) };
}

/** `scope` with a macro's variables. */
export function bind({ variables }: Comprehension, values: CelValue[], scope: Scope): Scope {
  return variables.reduce((outer, name, i) => within(outer, name, values[i] as CelValue), scope);
}

/** What the variables stand for in each round: items or keys; with two, index and item or key and value. */
export function itemsOf(range: CelValue, count: number): CelValue[][] {
  if (Array.isArray(range)) return range.map((item, i) => (count === 1 ? [item] : [BigInt(i), item]));
  if (range instanceof Map) return [...range].map(([key, value]) => (count === 1 ? [key] : [key, value]));
  throw new CelError(overloadError);
}

/** Is it a literal, or a list or map of nothing else? */
export function isConstant(node: Node): boolean {
  if (node.op === 'value') return true;
  if (node.op === 'list') return node.optional.size === 0 && node.args.every(isConstant);
  if (node.op !== 'map' || node.optional.size > 0) return false;
  return node.args.every(([key, value]) => isConstant(key) && isConstant(value));
}
