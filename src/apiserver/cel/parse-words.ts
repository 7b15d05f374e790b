// Which words have a part of their own in expressions, and what may stand where? Source: cel-go/parser/gen/CEL.g4.

import type { BinaryOperator } from './syntax.ts';
import type { Token } from './tokens.ts';

export const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
/** Weakest first. */
export const levels: readonly (readonly BinaryOperator[])[] = [
  ['<', '<=', '>=', '>', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];
/** What an operand may begin with, as upstream lists it. */
export const operands =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Could `next` stand behind `symbol`, were that there? */
export function mayFollow(symbol: string, { type, text }: Token): boolean {
  if (symbol === ':') return type === 'literal' || type === 'identifier';
  return type === 'end' || (type === 'symbol' && !['(', '[', '{', '!'].includes(text));
}
