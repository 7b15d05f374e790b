// What do lists, maps and objects come to that an expression writes out?

import { textOf } from './library/format-text.ts';
import { StructValue } from './struct-value.ts';
import type { Node, NodeOf } from './syntax.ts';
import { CelError, type CelValue, mapGet, OptionalValue } from './values.ts';

type Run = (node: Node) => CelValue;

/** What an entry adds; undefined if it is optional and holds nothing. */
function entry(run: Run, node: Node, isOptional: boolean): CelValue | undefined {
  const value = run(node);
  if (!isOptional) return value;
  if (value instanceof OptionalValue) return value.held;
  throw new CelError('no such overload');
}

/** Throws CelError, as all here. */
export function listLiteral({ args, optional }: NodeOf<'list'>, run: Run): CelValue[] {
  if (optional.size === 0) return args.map(run);
  return args.map((node, i) => entry(run, node, optional.has(i))).filter((value) => value !== undefined);
}

export function mapLiteral({ args: entries, optional }: NodeOf<'map'>, run: Run): CelValue {
  const map = new Map<CelValue, CelValue>();
  for (const [i, [keyNode, valueNode]] of entries.entries()) {
    const key = run(keyNode);
    if (mapGet(map, key) !== undefined) throw new CelError(`Failed with repeated key ${textOf(key)}`);
    const value = entry(run, valueNode, optional.has(i));
    if (value !== undefined) map.set(key, value);
  }
  return map;
}

export function structLiteral({ args: [typeName, fields], optional }: NodeOf<'struct'>, run: Run): CelValue {
  const made = new Map<string, CelValue>();
  for (const [i, [name, node]] of fields.entries()) {
    const value = entry(run, node, optional.has(i));
    if (value !== undefined) made.set(name, value);
  }
  return new StructValue(typeName, made);
}
