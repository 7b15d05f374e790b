// What do the parts of an expression have for types, sizes and costs? The small decisions of the checker.

import { add, type Estimated, fixed, type Range, sizeOfPart, union } from './estimate.ts';
import { ClauseError, formatText } from './library/format-text.ts';
import { regex } from './library/standard.ts';
import { parseDuration, parseTimestamp } from './library/time.ts';
import type { Comprehension } from './macros.ts';
import { listCost, mapCost } from './runtime-cost.ts';
import { type LiteralValue, type Node, type NodeOf, operatorName } from './syntax.ts';
import {
  bool,
  bytes,
  type CelType,
  double,
  dyn,
  formatType,
  int,
  isAssignable,
  join,
  listOf,
  mapOf,
  nullType,
  sameType,
  string,
  uint,
  unbound,
} from './types.ts';
import { CelError } from './values.ts';

interface Parts {
  filter: Estimated | undefined;
  transform: Estimated | undefined;
  elem: CelType;
  key: CelType;
}

/** What a macro makes, what it costs once, and what each round costs. */
export function costsOf(
  { macro }: Comprehension,
  { filter, transform, elem, key }: Parts,
): { type: CelType; start: number; round: Range; square?: number } {
  const test = filter?.cost ?? fixed(0);
  const made = transform?.cost ?? fixed(1);
  const chosen = (cost: Range): Range => (filter ? add(test, union(cost, fixed(1))) : cost);
  switch (macro) {
    case 'all':
      return { type: bool, start: 1, round: { min: 3, max: 3 + test.max } };
    case 'exists':
      return { type: bool, start: 1, round: { min: 4, max: 4 + test.max } };
    case 'exists_one':
      return { type: bool, start: 2, round: add(test, { min: 1, max: 2 }) };
    case 'transformMap':
    case 'transformMapEntry': {
      const value = transform?.type ?? dyn;
      return {
        type: macro === 'transformMap' ? mapOf(key, value) : value,
        start: mapCost + 1,
        round: chosen(add(made, fixed(3))),
      };
    }
    case 'sortBy': {
      // The keys are made as `map` makes them; sorting compares each with each.
      const isText = transform?.type.kind === 'string' || transform?.type.kind === 'bytes';
      return {
        type: listOf(elem),
        start: 3 * listCost + 5,
        round: add(made, fixed(listCost + 2)),
        square: isText ? 2.1 : 2,
      };
    }
    default:
      return {
        type: listOf(transform?.type ?? elem),
        start: listCost + 1,
        round: chosen(add(made, fixed(listCost + 2))),
      };
  }
}

/** Types of the variables of a macro over `range`; undefined if it has no items. */
export function rangeTypes(range: CelType, count: number): CelType[] | undefined {
  switch (range.kind) {
    case 'list':
      return count === 1 ? [range.elem] : [int, range.elem];
    case 'map':
      return count === 1 ? [range.key] : [range.key, range.value];
    case 'dyn':
    case 'param':
      return [dyn, dyn];
    default:
      return undefined;
  }
}

/** What an index chooses; undefined if `container` takes no such key. */
export function elementType(container: CelType, key: CelType): CelType | undefined {
  switch (container.kind) {
    case 'list':
      return key.kind === 'int' || key.kind === 'dyn' || key.kind === 'uint' ? container.elem : undefined;
    case 'map':
      return isAssignable(container.key, key, new Map()) ? container.value : undefined;
    case 'dyn':
    case 'param':
      return dyn;
    default:
      return undefined;
  }
}

/** The type that all entries of a literal have, dyn if they differ; and the first that is not like the first. */
export function joined(parts: Estimated[]): { type: CelType; odd: number } {
  const [first] = parts;
  if (!first) return { type: unbound, odd: -1 };
  const types = parts.map(({ type }) => type);
  return {
    type: withSize(types.reduce(join), parts),
    odd: types.findIndex((type) => !sameType(first.type, type)),
  };
}

const patchType: CelType & { kind: 'object' } = {
  kind: 'object',
  name: 'JSONPatch',
  fields: new Map([
    ['op', string],
    ['path', string],
    ['from', string],
    ['value', dyn],
  ]),
};

/** Types that only mutating policies can make objects of: `JSONPatch`, and `Object` with the fields that lead to a part of it. */
export function patchTypes(name: string): (CelType & { kind: 'object' }) | undefined {
  if (name === 'JSONPatch') return patchType;
  const isObject = name === 'Object' || name.startsWith('Object.');
  return isObject ? { kind: 'object', name, fields: new Map(), isOpen: true } : undefined;
}

const literalChecks: Record<string, (text: string) => unknown> = {
  duration: parseDuration,
  timestamp: parseTimestamp,
  matches: regex,
};

/** A literal that its function can't take. Source: the AST validators of cel-go/cel/validator.go. */
export function literalProblem(call: NodeOf<'call' | 'rcall'>): { node: Node; problem: string } | undefined {
  const { args } = call;
  const name = args[0];
  if (call.op === 'rcall' && name === 'format') return formatProblem(call);
  const list = args.length === 3 ? args[2] : args[1];
  const node = list[name === 'matches' && args.length === 2 ? 1 : 0];
  const check = Object.hasOwn(literalChecks, name) ? literalChecks[name] : undefined;
  if (!check || node?.op !== 'value' || typeof node.args !== 'string') return undefined;
  try {
    check(node.args);
    return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return { node, problem: `invalid ${name} argument` };
  }
}

/** A text that does not fit the list of what it is to show. */
function formatProblem(call: NodeOf<'rcall'>): { node: Node; problem: string } | undefined {
  const [, target, [list]] = call.args;
  if (target.op !== 'value' || typeof target.args !== 'string' || list?.op !== 'list') return undefined;
  try {
    formatText(
      target.args,
      list.args.map((item) => (item.op === 'value' ? item.args : undefined)),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const argument = error instanceof ClauseError ? list.args[error.argument] : undefined;
    return { node: argument ?? call, problem: error.message };
  }
}

/** The type, bounded by the sizes of the parts that it is joined from. */
export function withSize(type: CelType, parts: Estimated[]): CelType {
  const max = Math.max(0, ...parts.map((part) => sizeOfPart(part).max));
  return Number.isFinite(max) ? { ...type, sizeMax: max } : type;
}

/** cel-go's words for arguments that no overload takes. */
export function noOverload(key: string, name: string, args: Estimated[]): string {
  const types = args.map(({ type }) => formatType(type));
  const isMethod = key.startsWith('.');
  const isOperator = !/^[a-zA-Z.]/.test(key) || key === 'in';
  const shown = isOperator ? operatorName(name) : name;
  const applied = isMethod ? `${types[0]}.(${types.slice(1).join(', ')})` : `(${types.join(', ')})`;
  return `found no matching overload for '${shown}' applied to '${applied}'`;
}

/** A literal costs nothing and knows its size. */
export function literal(value: LiteralValue): Estimated {
  const cost = fixed(0);
  if (value === null) return { type: nullType, cost, size: fixed(1) };
  if (typeof value === 'string') return { type: string, cost, size: fixed(Array.from(value).length) };
  if (value instanceof Uint8Array) return { type: bytes, cost, size: fixed(value.byteLength) };
  const type =
    typeof value === 'bigint' ? int : typeof value === 'number' ? double : typeof value === 'boolean' ? bool : uint;
  return { type, cost, size: fixed(1), ...(typeof value === 'bigint' && { number: Number(value) }) };
}
