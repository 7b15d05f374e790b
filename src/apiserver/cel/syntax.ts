// What is the tree of an expression made of?

import type { Uint } from './values.ts';

export type LiteralValue = bigint | number | string | boolean | null | Uint | Uint8Array;

/** Where a node stands: offsets into `input`. `at` is its operator, dot or opening bracket: errors point there. */
interface Place {
  input: string;
  start: number;
  end: number;
  at: number;
}

export const binaryOperators = ['*', '/', '%', '+', '-', '<', '<=', '>=', '>', '==', '!=', 'in'] as const;
export type BinaryOperator = (typeof binaryOperators)[number];

type Shape =
  | { op: 'value'; args: LiteralValue }
  | { op: 'id'; args: string }
  | { op: '.'; args: [target: Node, field: string] }
  | { op: '.?'; args: [target: Node, field: string] }
  | { op: '[]'; args: [target: Node, key: Node] }
  | { op: '[?]'; args: [target: Node, key: Node] }
  /** `optional` has the positions of the entries that are left out if they hold nothing: `[?x]`, `{?k: v}`. */
  | { op: 'list'; args: Node[]; optional: ReadonlySet<number> }
  | { op: 'map'; args: [key: Node, value: Node][]; optional: ReadonlySet<number> }
  | { op: 'struct'; args: [typeName: string, fields: [name: string, value: Node][]]; optional: ReadonlySet<number> }
  | { op: '?:'; args: [test: Node, yes: Node, no: Node] }
  | { op: '&&'; args: [Node, Node] }
  | { op: '||'; args: [Node, Node] }
  | { op: '!_' | '-_'; args: Node }
  | { op: BinaryOperator; args: [Node, Node] }
  | { op: 'call'; args: [name: string, args: Node[]] }
  | { op: 'rcall'; args: [name: string, target: Node, args: Node[]] };

export type Node = Place & Shape;
export type NodeOf<Op extends Node['op']> = Place & Extract<Shape, { op: Op }>;
/** A node before it knows its place. */
export type Unplaced = Shape;

/**
 * The expression is no CEL, its types do not fit, or no program can be made of it. The message is that of cel-go: place,
 * text and caret, or what a constant says.
 */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
  /** What failed. */
  readonly step: 'compilation' | 'program instantiation';

  constructor(message: string, step: CelCompileError['step'] = 'compilation') {
    super(message);
    this.step = step;
  }
}

/** `ERROR: <input>:1:5: …`, with the line and a caret below it. `offset` counts from the start of the text. */
export function issue(text: string, offset: number, message: string): string {
  const before = text.slice(0, offset).split('\n');
  const line = text.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** `a.b.c` for a chain of names; undefined for anything else. A leading dot says where to look, not what for. */
export function qualifiedName(node: Node): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return undefined;
  const parent = qualifiedName(node.args[0]);
  return parent === undefined ? undefined : `${parent}.${node.args[1]}`;
}

/** cel-go's name of an operator: `_+_`. */
export function operatorName(operator: string): string {
  if (operator === 'in') return '@in';
  return operator.includes('_') ? operator : `_${operator}_`;
}
