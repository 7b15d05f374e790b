// What does the text of an expression say? Its syntax tree, and where things stand in it.

import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';

export type Node = ASTNode;

/** The expression is no CEL, or its types do not fit. The message is that of cel-go: place, text and caret. */
export class CelCompileError extends Error {
  override readonly name = 'CelCompileError';
}

const parser = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 100_000, maxDepth: 250, maxListElements: 10_000, maxMapEntries: 10_000 },
});

/** Throws CelCompileError. */
export function parseExpression(text: string): Node {
  try {
    return parser.parse(text).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const [summary = ''] = error.message.split('\n');
    throw new CelCompileError(issue(text, error.range?.start ?? 0, `Syntax error: ${summary}`), { cause: error });
  }
}

/** `ERROR: <input>:1:5: …`, with the line and a caret below it. `offset` counts from the start of the text. */
export function issue(text: string, offset: number, message: string): string {
  const before = text.slice(0, offset).split('\n');
  const line = text.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** Where an error about `node` points: at the operator, the dot or the opening parenthesis. */
export function placeOf(node: Node): number {
  const { input } = node;
  switch (node.op) {
    case '.':
    case '.?':
      return input.indexOf('.', node.args[0].end);
    case '[]':
    case '[?]':
      return input.indexOf('[', node.args[0].end);
    case 'call':
      return input.indexOf('(', node.start);
    case 'rcall':
      return input.indexOf('(', node.args[1].end);
    case '?:':
      return input.indexOf('?', node.args[0].end);
    case 'value':
    case 'id':
    case 'list':
    case 'map':
    case '!_':
    case '-_':
      return node.start;
    default:
      return input.indexOf(node.op, node.args[0].end);
  }
}

/** `a.b.c` for a chain of names; undefined for anything else. */
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
