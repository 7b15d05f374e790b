// What does the text of an expression say? Its syntax tree. Source: cel-go/parser/gen/CEL.g4.

import { levels, mayFollow, operands, reserved } from './parse-words.ts';
import {
  type BinaryOperator,
  binaryOperators,
  CelCompileError,
  issue,
  type LiteralValue,
  type Node,
  qualifiedName,
  type Unplaced,
} from './syntax.ts';
import { type Token, tokensOf } from './tokens.ts';

const depthMax = 250;
const codePointsMax = 100_000;
/** Throws CelCompileError. */
export function parseExpression(text: string): Node {
  const length = Array.from(text).length;
  if (length > codePointsMax) {
    const why = `Syntax error: expression code point size exceeds limit: size: ${length}, limit ${codePointsMax}`;
    throw new CelCompileError(issue('', 0, why));
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #input: string;
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  constructor(input: string) {
    this.#input = input;
    this.#tokens = tokensOf(input);
  }

  parse(): Node {
    const node = this.#expression();
    const { type, text } = this.#peek();
    // One word too many could be left out.
    const kind = this.#peek(1)?.type === 'end' ? 'extraneous' : 'mismatched';
    if (type !== 'end') this.#refuse(this.#peek(), `${kind} input '${text}' expecting <EOF>`);
    return node;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #is(symbol: string, ahead = 0): boolean {
    const { type, text } = this.#peek(ahead);
    return type === 'symbol' && text === symbol;
  }

  /** Takes the next word if it is `symbol`. */
  #takes(symbol: string): Token | undefined {
    return this.#is(symbol) ? this.#take() : undefined;
  }

  #expect(symbol: string): Token {
    const found = this.#takes(symbol);
    if (found) return found;
    const { text } = this.#peek();
    if (this.#is(symbol, 1)) this.#refuse(this.#peek(), `extraneous input '${text}' expecting '${symbol}'`);
    if (mayFollow(symbol, this.#peek())) this.#refuse(this.#peek(), `missing '${symbol}' at '${text}'`);
    return this.#refuse(this.#peek(), `mismatched input '${text}' expecting '${symbol}'`);
  }

  #refuse(token: { start: number }, message: string): never {
    return this.#stop(token, `Syntax error: ${message}`);
  }

  #stop({ start }: { start: number }, message: string): never {
    throw new CelCompileError(issue(this.#input, start, message));
  }

  /** None of the rules that begin at `start` goes on with the word. */
  #refuseAll(start: number, token: Token): never {
    return this.#refuse(token, `no viable alternative at input '${this.#input.slice(start, token.end)}'`);
  }

  /** A node from `start` to the last word taken. */
  #node(shape: Unplaced, { start, at = start }: { start: number; at?: number }): Node {
    const { end } = this.#tokens[this.#next - 1] as Token;
    return { ...shape, input: this.#input, start, end, at };
  }

  #expression(): Node {
    this.#depth += 1;
    if (this.#depth > depthMax) this.#refuse(this.#peek(), `expression recursion limit exceeded: ${depthMax}`);
    const test = this.#or();
    const question = this.#takes('?');
    let node = test;
    if (question) {
      const yes = this.#or();
      this.#expect(':');
      const no = this.#expression();
      node = this.#node({ op: '?:', args: [test, yes, no] }, { start: test.start, at: question.start });
    }
    this.#depth -= 1;
    return node;
  }

  #or(): Node {
    let left = this.#and();
    for (let at = this.#takes('||'); at; at = this.#takes('||')) {
      left = this.#node({ op: '||', args: [left, this.#and()] }, { start: left.start, at: at.start });
    }
    return left;
  }

  #and(): Node {
    let left = this.#binary(0);
    for (let at = this.#takes('&&'); at; at = this.#takes('&&')) {
      left = this.#node({ op: '&&', args: [left, this.#binary(0)] }, { start: left.start, at: at.start });
    }
    return left;
  }

  #binary(level: number): Node {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (let op = this.#operator(operators); op; op = this.#operator(operators)) {
      const at = this.#take().start;
      left = this.#node({ op, args: [left, this.#binary(level + 1)] }, { start: left.start, at });
    }
    return left;
  }

  #operator(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    const { type, text } = this.#peek();
    const known = binaryOperators.find((operator) => operator === text);
    return type === 'symbol' && known && operators.includes(known) ? known : undefined;
  }

  /** Signs of the same kind in a row take each other away. */
  #unary(): Node {
    const { text, start } = this.#peek();
    if (!this.#is('!') && !(this.#is('-') && !this.#isNumber(1))) return this.#member();
    let count = 0;
    while (this.#takes(text)) count += 1;
    const operand = this.#member();
    if (count % 2 === 0) return operand;
    return this.#node({ op: text === '!' ? '!_' : '-_', args: operand }, { start });
  }

  #isNumber(ahead: number): boolean {
    const { type, value } = this.#peek(ahead);
    return type === 'literal' && (typeof value === 'bigint' || typeof value === 'number');
  }

  #member(): Node {
    let node = this.#primary();
    for (;;) {
      const { start } = node;
      const dot = this.#takes('.');
      if (dot) {
        node = this.#selected(node, dot.start);
        continue;
      }
      const bracket = this.#takes('[');
      if (!bracket) return node;
      const op = this.#takes('?') ? '[?]' : '[]';
      const key = this.#expression();
      this.#expect(']');
      node = this.#node({ op, args: [node, key] }, { start, at: bracket.start });
    }
  }

  #selected(target: Node, at: number): Node {
    const { start } = target;
    const isOptional = this.#takes('?') !== undefined;
    const token = this.#take();
    if (token.type !== 'identifier') {
      if (!isOptional) this.#refuseAll(at, token);
      this.#refuse(token, `mismatched input '${token.text}' expecting {IDENTIFIER, ESC_IDENTIFIER}`);
    }
    const name = token.text;
    if (isOptional) return this.#node({ op: '.?', args: [target, name] }, { start, at });
    const open = this.#takes('(');
    if (open) {
      const args = this.#arguments();
      return this.#node({ op: 'rcall', args: [name, target, args] }, { start, at: open.start });
    }
    const struct = this.#is('{') ? qualifiedName(target) : undefined;
    if (struct !== undefined) return this.#struct(`${struct}.${name}`, start);
    return this.#node({ op: '.', args: [target, name] }, { start, at });
  }

  #primary(): Node {
    const token = this.#take();
    const { start, text, type } = token;
    if (type === 'literal') return this.#literal(token.value as LiteralValue, token);
    if (type === 'identifier') return this.#named(token, start);
    if (type === 'symbol') {
      if (text === '-' && this.#isNumber(0)) {
        const value = this.#take().value as bigint | number;
        return this.#node({ op: 'value', args: -value }, { start });
      }
      if (text === '.')
        return this.#peek().type === 'identifier'
          ? this.#named(this.#take(), start)
          : this.#refuseAll(start, this.#peek());
      if (text === '(') {
        const inner = this.#expression();
        this.#expect(')');
        return inner;
      }
      if (text === '[') return this.#list(start);
      if (text === '{') return this.#map(start);
    }
    const next = this.#peek().type;
    const kind = next === 'literal' || next === 'identifier' ? 'extraneous' : 'mismatched';
    return this.#refuse(token, `${kind} input '${text}' expecting ${operands}`);
  }

  #literal(value: LiteralValue, token: Token): Node {
    if (typeof value === 'bigint' && value > 2n ** 63n - 1n) this.#stop(token, 'invalid int literal');
    return this.#node({ op: 'value', args: value }, token);
  }

  #named(token: Token, start: number): Node {
    if (reserved.has(token.text)) this.#stop(token, `reserved identifier: ${token.text}`);
    const open = this.#takes('(');
    if (open) return this.#node({ op: 'call', args: [token.text, this.#arguments()] }, { start, at: open.start });
    if (this.#is('{')) return this.#struct(token.text, start);
    return this.#node({ op: 'id', args: token.text }, { start });
  }

  /** Up to and with the closing parenthesis. */
  #arguments(): Node[] {
    const args: Node[] = [];
    if (this.#takes(')')) return args;
    do args.push(this.#expression());
    while (this.#takes(','));
    this.#expect(')');
    return args;
  }

  /** Entries up to and with `close`; a comma may stand behind the last one. Gives the positions of optional ones. */
  #entries(close: string, take: () => void): Set<number> {
    const optional = new Set<number>();
    if (this.#is(',') && this.#is(close, 1)) this.#take();
    for (let i = 0; !this.#takes(close); i++) {
      if (i > 0) {
        const { text } = this.#peek();
        if (!this.#takes(',')) this.#refuse(this.#peek(), `mismatched input '${text}' expecting {'${close}', ','}`);
        if (this.#takes(close)) break;
        if (this.#peek().type === 'end') this.#expect(close);
      }
      if (this.#takes('?')) optional.add(i);
      take();
    }
    return optional;
  }

  #list(start: number): Node {
    const args: Node[] = [];
    const optional = this.#entries(']', () => args.push(this.#expression()));
    return this.#node({ op: 'list', args, optional }, { start });
  }

  #map(start: number): Node {
    const args: [Node, Node][] = [];
    const optional = this.#entries('}', () => {
      const key = this.#expression();
      this.#expect(':');
      args.push([key, this.#expression()]);
    });
    return this.#node({ op: 'map', args, optional }, { start });
  }

  #struct(typeName: string, start: number): Node {
    const at = this.#take().start;
    const fields: [string, Node][] = [];
    const optional = this.#entries('}', () => {
      const field = this.#take();
      if (field.type !== 'identifier')
        this.#refuse(field, `mismatched input '${field.text}' expecting {'}', IDENTIFIER}`);
      this.#expect(':');
      fields.push([field.text, this.#expression()]);
    });
    return this.#node({ op: 'struct', args: [typeName, fields], optional }, { start, at });
  }
}
