// What would Go say? Clients show upstream's errors as they are, so that its words for bad JSON are part of the API. Pure.
// Source: encoding/json (scanner.go), and fmt's %v.

import { WrittenNumber } from './written-number.ts';

/** Go's name of the JSON type of a value. */
export function goKind(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof WrittenNumber) return 'number';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A value as `%v` prints it: `map[a:1 b:[x y]]`. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`;
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, each]) => `${key}:${goFormat(each)}`).join(' ')}]`;
}

/** Small fractions have an exponent sooner than in JSON, and one of two digits. */
function goNumber(value: number): string {
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/(?<=e[-+])(?=\d$)/, '0');
}

/** JSON as Go writes it: as a part of a page of HTML or of a script it would do no harm. */
export function withoutHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const literals: Record<string, string> = { t: 'true', f: 'false', n: 'null' };
const blanks = new Set([' ', '\t', '\r', '\n']);
const ended = 'unexpected end of JSON input';

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws the message as soon as the text is wrong. */
  document(): void {
    this.#value();
    if (this.#blank() !== undefined) this.#fail('after top-level value');
  }

  #fail(context: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new GoSyntax(ended);
    const quoted =
      character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
    throw new GoSyntax(`invalid character ${quoted} ${context}`);
  }

  /** The next character that is no blank; undefined at the end. */
  #blank(): string | undefined {
    while (blanks.has(this.#text[this.#at] as string)) this.#at += 1;
    return this.#text[this.#at];
  }

  #value(): void {
    const first = this.#blank();
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    if (first === '"') return this.#string();
    if (first === '-' || (first !== undefined && /\d/.test(first))) return this.#number();
    const literal = first === undefined ? undefined : literals[first];
    if (literal === undefined) return this.#fail('looking for beginning of value');
    for (let index = 1; index < literal.length; index += 1) {
      this.#at += 1;
      if (this.#text[this.#at] !== literal[index]) this.#fail(`in literal ${literal} (expecting '${literal[index]}')`);
    }
    this.#at += 1;
  }

  #object(): void {
    this.#at += 1;
    if (this.#blank() === '}') {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (this.#blank() !== '"') this.#fail('looking for beginning of object key string');
      this.#string();
      if (this.#blank() !== ':') this.#fail('after object key');
      this.#at += 1;
      this.#value();
      const next = this.#blank();
      if (next !== ',' && next !== '}') this.#fail('after object key:value pair');
      this.#at += 1;
      if (next === '}') return;
    }
  }

  #array(): void {
    this.#at += 1;
    if (this.#blank() === ']') {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#value();
      const next = this.#blank();
      if (next !== ',' && next !== ']') this.#fail('after array element');
      this.#at += 1;
      if (next === ']') return;
    }
  }

  #string(): void {
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === undefined || character < ' ') this.#fail('in string literal');
      if (character !== '\\') continue;
      this.#at += 1;
      const escaped = this.#text[this.#at] ?? '';
      if (!'bfnrt\\/"u'.includes(escaped) || escaped === '') this.#fail('in string escape code');
      if (escaped === 'u') this.#hexadecimal();
    }
    this.#at += 1;
  }

  #hexadecimal(): void {
    for (let count = 0; count < 4; count += 1) {
      this.#at += 1;
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at += 1;
    if (this.#text[this.#at] === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (!/^[eE]$/.test(this.#text[this.#at] ?? '')) return;
    this.#at += 1;
    if (/^[+-]$/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    this.#digits('in exponent of numeric literal');
  }

  #digits(context: string): void {
    if (!/^\d$/.test(this.#text[this.#at] ?? '')) this.#fail(context);
    while (/^\d$/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
}

class GoSyntax extends Error {}

/** Go's message about a text that is no JSON; undefined if it is JSON. */
export function goSyntaxError(text: string): string | undefined {
  try {
    new Scanner(text).document();
    return undefined;
  } catch (error) {
    if (error instanceof GoSyntax) return error.message;
    throw error;
  }
}
