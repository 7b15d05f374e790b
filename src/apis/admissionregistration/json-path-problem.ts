// What is wrong with a template of a JSON path, in the words of client-go's parser? Source: client-go/util/jsonpath.

/** What the actions of `text`, in braces, do wrong; undefined if it parses. */
export function jsonPathProblem(text: string): string | undefined {
  const start = text.indexOf('{');
  try {
    if (start >= 0) new Reader(text, start + 1).insideAction();
    return undefined;
  } catch (error) {
    if (error instanceof PathProblem) return error.message;
    throw error;
  }
}

class PathProblem extends Error {
  override readonly name = 'PathProblem';
}

const terminators = new Set(['', ' ', '.', ',', '[', ']', '$', '@', '{', '}', '\r', '\n']);
const isDigit = (character: string): boolean => /^\p{Nd}$/u.test(character);
const isAlphanumeric = (character: string): boolean => /^[_\p{L}\p{Nd}]$/u.test(character);

function refuse(why: string): never {
  throw new PathProblem(why);
}

class Reader {
  readonly #characters: string[];
  #at: number;

  constructor(text: string, at: number) {
    this.#characters = Array.from(text);
    this.#at = Array.from(text.slice(0, at)).length;
  }

  insideAction(): void {
    for (let afterDescent = false; ; ) {
      if (this.#starts('}')) {
        if (!this.#isAtNext()) return;
      } else if (this.#starts('[?(')) {
        this.#filter();
      } else if (this.#starts('..')) {
        if (afterDescent) refuse('invalid multiple recursive descent');
        this.#at += 2;
        afterDescent = !isAlphanumeric(this.#peek());
        if (!afterDescent) this.#word();
        continue;
      } else if (!this.#step()) continue;
      afterDescent = false;
    }
  }

  /** One part of a path; false if it is none, but a mark that is passed over. */
  #step(): boolean {
    const character = this.#next();
    if (character === '' || character === '\r' || character === '\n') refuse('unclosed action');
    if (character === ' ' || character === '@' || character === '$') return false;
    if (character === '[') this.#array();
    else if (character === '"' || character === "'") this.#quote(character);
    else if (character === '.') this.#word();
    else if (character === '+' || character === '-' || isDigit(character)) this.#number(character);
    else if (isAlphanumeric(character)) this.#word();
    else refuse(`unrecognized character in action: ${codePoint(character)}`);
    return true;
  }

  /** What comes behind one action is text, up to the next: false if there is none. */
  #isAtNext(): boolean {
    const next = this.#characters.indexOf('{', this.#at);
    this.#at = next + 1;
    return next >= 0;
  }

  #word(): void {
    for (let character = this.#next(); !terminators.has(character); character = this.#next())
      if (character === '\\') this.#next();
    this.#back();
  }

  #number(first: string): void {
    let text = first;
    while (this.#peek() === '.' || isDigit(this.#peek())) text += this.#next();
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text)) refuse(`cannot parse number ${text}`);
  }

  #quote(end: string): void {
    for (let text = end; ; ) {
      const character = this.#next();
      if (character === '' || character === '\n') refuse('unterminated quoted string');
      const isEnd = character === end && !text.endsWith('\\');
      text += character;
      if (!isEnd) continue;
      if (!isUnquoted(text.slice(1, -1), end)) refuse(`unquote string ${text} error invalid syntax`);
      return;
    }
  }

  #array(): void {
    const text = this.#until(']', 'unterminated array');
    const parts = text.split(',');
    if (parts.length > 1) {
      for (const part of parts) action(`[${part.replace(/^ +| +$/g, '')}]`);
      return;
    }
    const key = /^'([^']*)'$/.exec(text)?.[1];
    if (key !== undefined) action(`.${key}`);
    else if (text !== '*' && !/^-?\d*(?::-?\d*)?(?::-?\d*)?$/.test(text)) refuse(`invalid array index ${text}`);
    else refuseNumbers(text.split(':'));
  }

  #filter(): void {
    this.#at += 3;
    const text = this.#filterText();
    if (this.#next() !== ']') refuse('unclosed array expect ]');
    const [, left, , right] = /^([^!<>=]+)([!<>=]+)(.+)$/.exec(text) ?? [];
    for (const part of left === undefined || right === undefined ? [text] : [left, right]) action(part);
  }

  /** Up to the closing parenthesis that stands in no quotes. */
  #filterText(): string {
    let [text, quote, isClosed] = ['', '', false];
    for (;;) {
      const character = this.#next();
      if (character === '' || character === '\n') refuse('unterminated filter');
      if (character === ')' && (quote !== '') === isClosed) return text;
      if ((character === '"' || character === "'") && quote === '') quote = character;
      else if (character === quote && !text.endsWith('\\')) isClosed = true;
      text += character;
    }
  }

  #until(end: string, why: string): string {
    let text = '';
    for (let character = this.#next(); character !== end; character = this.#next()) {
      if (character === '' || character === '\n') refuse(why);
      text += character;
    }
    return text;
  }

  #starts(text: string): boolean {
    return this.#characters.slice(this.#at, this.#at + text.length).join('') === text;
  }

  /** Empty at the end. */
  #peek(): string {
    return this.#characters[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #back(): void {
    this.#at -= 1;
  }
}

function action(text: string): void {
  new Reader(`{${text}}`, 1).insideAction();
}

function refuseNumbers(indexes: string[]): void {
  const wrong = indexes.find((each) => each !== '' && each !== '*' && !Number.isSafeInteger(Number(each)));
  if (wrong !== undefined) refuse(`array index ${wrong} is not a number`);
}

/** Are all escapes ones that Go knows? */
function isUnquoted(text: string, quote: string): boolean {
  const plain = text.replaceAll(`\\${quote}`, '');
  return /^(?:[^\\]|\\(?:[abfnrtv\\]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}))*$/.test(plain);
}

/** `U+002F '/'`. */
function codePoint(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${character}'`;
}
