// What may a call cost at most, before any value is known? The estimates of cel-go's checker and of
// k8s.io/apiserver/pkg/cel/library/cost.go: they decide which rules a definition may have.

import { checkCost, formatRegexSize, listCost, regexFactor, traversalFactor } from './runtime-cost.ts';
import type { CelType } from './types.ts';

/** From least to most; `max` is infinite where nothing bounds it. */
export interface Range {
  min: number;
  max: number;
}

export const fixed = (value: number): Range => ({ min: value, max: value });
export const unknownSize: Range = { min: 0, max: Number.POSITIVE_INFINITY };

export function add(...ranges: Range[]): Range {
  return ranges.reduce((a, b) => ({ min: a.min + b.min, max: a.max + b.max }));
}

export function multiply(a: Range, b: Range): Range {
  // Nothing times anything is nothing, even without a bound.
  const times = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : x * y);
  return { min: times(a.min, b.min), max: times(a.max, b.max) };
}

export function scale({ min, max }: Range, factor: number): Range {
  return { min: Math.ceil(min * factor), max: Math.ceil(max * factor) };
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** What the checker knows of a part of an expression. */
export interface Estimated {
  type: CelType;
  cost: Range;
  /** Length of its value, if the expression tells. */
  size?: Range | undefined;
  /** Its value, if it is a whole number that the expression writes out. */
  number?: number;
}

/** Length of a value: as the expression or the schema bounds it; 1 for what has none. */
export function sizeOfPart({ type, size }: Estimated): Range {
  if (size) return size;
  if (type.sizeMax !== undefined) return { min: 0, max: type.sizeMax };
  return sizeless.has(type.kind) ? fixed(1) : unknownSize;
}

const sizeless = new Set(['bool', 'int', 'uint', 'double', 'null', 'timestamp', 'duration', 'type']);

/** What a call adds to the cost of its arguments. The receiver of a method is the first of them. */
export function estimateCall(name: string, args: readonly Estimated[]): { cost: Range; size?: Range } {
  const size = (i: number): Range => (args[i] ? sizeOfPart(args[i]) : fixed(1));
  const traverse = (range: Range): Range => scale(range, traversalFactor);
  const [first] = args;
  switch (name) {
    case 'check':
      return { cost: fixed(checkCost) };
    case 'isSorted':
    case 'sum':
    case 'max':
    case 'min':
    case 'indexOf':
    case 'lastIndexOf':
    case 'includes':
      return { cost: listTraversal(first, size(0)) };
    case 'url':
    case 'jsonpatch.escapeKey':
    case 'lowerAscii':
    case 'upperAscii':
    case 'substring':
    case 'trim':
      return { cost: traverse(size(0)), size: { min: 0, max: size(0).max } };
    case 'replace':
      return { cost: scale(size(0), 2 * traversalFactor), size: replacedSize(size(0), size(1), size(2)) };
    case 'split':
      return { cost: scale(size(0), 2 * traversalFactor), size: { min: 0, max: size(0).max } };
    case 'join':
      return joinEstimate(args, size);
    case 'find':
    case 'findAll':
      return { cost: regexCost(size(0), size(1)), size: { min: 0, max: size(0).max } };
    case 'matches':
      return { cost: regexCost(size(0), size(1)) };
    case 'contains':
      return { cost: first?.type.kind === 'list' ? fixed(1) : multiply(traverse(size(0)), traverse(size(1))) };
    case 'validate':
      return { cost: scale(traverse(size(1)), formatRegexSize * regexFactor) };
    case 'fieldSelector':
    case 'labelSelector':
      return { cost: add(fixed(10), traverse(size(1)), scale(scale(size(1), 0.5), 50)) };
    case 'format':
      return { cost: traverse(size(0)) };
    case 'startsWith':
    case 'endsWith':
      return { cost: traverse(size(1)) };
    case 'sets.contains':
    case 'sets.intersects':
      return { cost: add(multiply(size(0), size(1)), fixed(1)) };
    case 'sets.equivalent':
      return { cost: add(scale(multiply(size(0), size(1)), 2), fixed(1)) };
    case 'slice':
    case 'reverse':
    case 'flatten':
      return estimateMadeList(size(0), 1);
    case 'lists.range':
      return estimateMadeList(first?.number === undefined ? unknownSize : fixed(first.number), 1);
    case 'distinct':
    case 'sort':
      return estimateMadeList(multiply(size(0), size(0)), textElements(first) ? 2 + traversalFactor : 2);
    default:
      return estimateAddress(name, args, size) ?? estimateOperator(name, args, size);
  }
}

/** Texts that are read as addresses, quantities and versions. */
function estimateAddress(
  name: string,
  [first, second]: readonly Estimated[],
  size: (i: number) => Range,
): { cost: Range } | undefined {
  const traverse = (range: Range): Range => scale(range, traversalFactor);
  switch (name) {
    case 'cidr':
    case 'isIP':
    case 'isCIDR':
    case 'quantity':
    case 'isQuantity':
    case 'semver':
    case 'isSemver':
      return { cost: traverse(size(0)) };
    case 'ip':
      return { cost: first?.type.kind === 'opaque' ? fixed(1) : traverse(size(0)) };
    case 'ip.isCanonical':
      return { cost: scale(size(0), 2 * traversalFactor) };
    case 'containsIP':
      return {
        cost: add(
          scale({ min: 8, max: 32 }, traversalFactor),
          second?.type.kind === 'string' ? traverse(size(1)) : fixed(0),
        ),
      };
    case 'containsCIDR':
      return {
        cost: add(
          scale({ min: 8, max: 32 }, traversalFactor),
          scale({ min: 4, max: 16 }, traversalFactor),
          fixed(1),
          second?.type.kind === 'string' ? traverse(size(1)) : fixed(0),
        ),
      };
    default:
      return undefined;
  }
}

function estimateOperator(
  name: string,
  [first, second]: readonly Estimated[],
  size: (i: number) => Range,
): { cost: Range; size?: Range } {
  const kind = first?.type.kind;
  switch (name) {
    case 'bytes':
      return kind === 'string'
        ? { cost: scale(size(0), traversalFactor), size: { min: size(0).min, max: size(0).max * 4 } }
        : { cost: fixed(1) };
    case 'string':
      return kind === 'bytes'
        ? { cost: scale(size(0), traversalFactor), size: { min: size(0).min / 4, max: size(0).max } }
        : { cost: fixed(1) };
    case 'in':
      return { cost: kind === undefined ? fixed(1) : size(1) };
    case '+': {
      const sum = add(size(0), size(1));
      if (kind === 'list') return { cost: fixed(1), size: sum };
      // What may be anything is what the other is.
      const other = kind === 'dyn' ? (second?.type.kind ?? kind) : kind;
      return other === 'string' || other === 'bytes' || other === 'list' || other === 'dyn'
        ? { cost: scale(sum, traversalFactor), size: sum }
        : { cost: fixed(1) };
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (kind === 'opaque') return { cost: fixed(1) };
      const max = Math.min(size(0).max, size(1).max);
      return { cost: scale({ min: max > 0 ? 1 : 0, max }, traversalFactor) };
    }
    default:
      return { cost: fixed(1) };
  }
}

/** A call that makes a list of this size. Source: estimateAllocatingListCall of cel-go/ext. */
function estimateMadeList(size: Range, factor: number): { cost: Range; size: Range } {
  return { cost: add(scale(size, factor), fixed(listCost + 1)), size };
}

function textElements(list: Estimated | undefined): boolean {
  return list?.type.kind === 'list' && (list.type.elem.kind === 'string' || list.type.elem.kind === 'bytes');
}

function listTraversal(list: Estimated | undefined, size: Range): Range {
  if (list?.type.kind !== 'list') return list?.type.kind === 'string' ? scale(size, traversalFactor) : size;
  const { elem } = list.type;
  const isText = elem.kind === 'string' || elem.kind === 'bytes';
  const each = isText ? add(fixed(1), scale(sizeOfPart({ type: elem, cost: fixed(0) }), traversalFactor)) : fixed(1);
  return multiply(size, each);
}

function regexCost(text: Range, pattern: Range): Range {
  return multiply(scale(add(text, fixed(1)), traversalFactor), scale(pattern, regexFactor));
}

function joinEstimate([list]: readonly Estimated[], size: (i: number) => Range): { cost: Range; size?: Range } {
  const count = size(0);
  // Of a list that the expression makes itself nothing is known but how long it is.
  const elem =
    list?.type.kind === 'list' && !list.size ? sizeOfPart({ type: list.type.elem, cost: fixed(0) }) : unknownSize;
  const separators = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
  const total = add(multiply(count, elem), multiply(size(1), separators));
  return { cost: scale(total, traversalFactor), size: total };
}

/** The longest result replaces the shortest parts by the longest texts, the shortest the other way round. */
function replacedSize(text: Range, part: Range, by: Range): Range {
  const [most, keptMost] =
    part.min === 0
      ? [text.max + 1, text.max]
      : by.max <= part.min
        ? [0, text.max]
        : [Math.ceil(text.max / part.min), 0];
  const [least, keptLeast] =
    part.max === 0
      ? [text.min + 1, text.min]
      : part.max <= by.min
        ? [0, text.min]
        : [Math.ceil(text.min / part.max), 0];
  return add(multiply({ min: least, max: most }, by), { min: keptLeast, max: keptMost });
}
