// Which words is an expression made of? Source: the lexer rules of cel-go/parser/gen/CEL.g4.

import { CelCompileError, issue, type LiteralValue } from './syntax.ts';
import { unescapeBytes, unescapeText } from './text-literals.ts';
import { Uint } from './values.ts';

export interface Token {
  /** `symbol` is an operator, bracket or one of the words that are none of the identifiers: `in`. */
  type: 'identifier' | 'literal' | 'symbol' | 'end';
  text: string;
  value?: LiteralValue;
  start: number;
  end: number;
}

const spaces = /(?:[\t\n\f\r ]+|\/\/[^\n]*)*/y;
const word = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const quotedWord = /`[a-zA-Z0-9_.\-/ ]+`/y;
const number =
  /0x([0-9a-fA-F]+)([uU]?)|(\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|(\d+)([uU]?)/y;
const symbol = /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y;
const text =
  /([rR]?[bB]?|[bB][rR])(?:"""([^]*?(?:(?<!\\)|(?<=(?<!\\)(?:\\\\)+)))"""|'''([^]*?(?:(?<!\\)|(?<=(?<!\\)(?:\\\\)+)))'''|"((?:\\[^\n\r]|[^\\"\n\r])*)"|'((?:\\[^\n\r]|[^\\'\n\r])*)')/y;
const rawText = /([rR][bB]?|[bB][rR])(?:"""([^]*?)"""|'''([^]*?)'''|"([^"\n\r]*)"|'([^'\n\r]*)')/y;
const words: Record<string, LiteralValue> = { true: true, false: false, null: null };

/** All words of `input`, and an `end`. Throws CelCompileError. */
export function tokensOf(input: string): Token[] {
  const tokens: Token[] = [];
  let at = matchAt(spaces, input, 0)?.[0].length ?? 0;
  while (at < input.length) {
    const token = tokenAt(input, at);
    tokens.push(token);
    at = token.end + (matchAt(spaces, input, token.end)?.[0].length ?? 0);
  }
  tokens.push({ type: 'end', text: '<EOF>', start: input.length, end: input.length });
  return tokens;
}

function matchAt(pattern: RegExp, input: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(input) ?? undefined;
}

function tokenAt(input: string, start: number): Token {
  const token = (type: Token['type'], [found]: RegExpExecArray, value?: LiteralValue): Token => ({
    type,
    text: found,
    ...(value !== undefined && { value }),
    start,
    end: start + found.length,
  });
  const refuse = (message: string): never => {
    throw new CelCompileError(issue(input, start, message));
  };
  const quoted = matchAt(rawText, input, start) ?? matchAt(text, input, start);
  if (quoted) return token('literal', quoted, quotedValue(quoted) ?? refuse('Syntax error: invalid escape sequence'));
  const name = matchAt(word, input, start);
  if (name) {
    if (Object.hasOwn(words, name[0])) return token('literal', name, words[name[0]]);
    return token(name[0] === 'in' ? 'symbol' : 'identifier', name);
  }
  // CEL has names in backticks; Kubernetes leaves them out, and escapes the names of fields in its own way.
  if (matchAt(quotedWord, input, start)) return refuse("unsupported syntax: '`'");
  const figure = matchAt(number, input, start);
  if (figure) return token('literal', figure, numberOf(figure) ?? refuse(invalidNumber(figure)));
  const sign = matchAt(symbol, input, start);
  if (sign) return token('symbol', sign);
  return refuse(`Syntax error: token recognition error at: '${input[start]}'`);
}

function quotedValue([all, prefix = '', ...parts]: RegExpExecArray): LiteralValue | undefined {
  const raw = (parts.find((part) => part !== undefined) ?? all).replace(/\r\n?/g, '\n');
  const isRaw = /r/i.test(prefix);
  if (/b/i.test(prefix)) return isRaw ? new Uint8Array(Buffer.from(raw)) : unescapeBytes(raw);
  return isRaw ? raw : unescapeText(raw);
}

const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

/** Undefined if it fits no number. The least int has a sign that is no part of it here: it is let pass. */
function numberOf([, hex, hexSign, float, decimal = '', decimalSign]: RegExpExecArray): LiteralValue | undefined {
  if (float !== undefined) return Number.isFinite(Number(float)) ? Number(float) : undefined;
  const value = BigInt(hex === undefined ? decimal : `0x${hex}`);
  if (hexSign || decimalSign) return value > uint64Max ? undefined : new Uint(value);
  return value > int64Max + 1n ? undefined : value;
}

function invalidNumber([all]: RegExpExecArray): string {
  const kind = /^0x/i.test(all) || !/[.e]/i.test(all) ? (/u$/i.test(all) ? 'uint' : 'int') : 'double';
  return `invalid ${kind} literal`;
}
