// How does Go's library write YAML? Byte for byte: order of keys, indents, quotes and where long lines are broken.
// Source: sigs.k8s.io/yaml, which writes what JSON says with go.yaml.in/yaml/v2.

import { byGoKeys } from './yaml-key-order.ts';
import { hasBreak, isPrintable, scalarStyle } from './yaml-scalar-style.ts';

/** Lines are broken at the next space after this column. */
const lineWidth = 80;
/** Bytes of a key that may stand before its colon without a mark of its own. */
const simpleKeyMax = 128;

/** The YAML of a JSON value. */
export function goYaml(value: unknown): string {
  const writer = new Writer();
  writer.node(value, { isInMapping: false });
  writer.startLine();
  return writer.text();
}

const escapes: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

class Writer {
  readonly #parts: string[] = [];
  #column = 0;
  #indent = -2;
  /** Does a space or a line's start come before? */
  #isAfterSpace = true;
  /** Has the line nothing yet but indents and marks? */
  #isLineOpen = true;

  text(): string {
    return this.#parts.join('');
  }

  node(value: unknown, { isInMapping }: { isInMapping: boolean }): void {
    if (typeof value !== 'object' || value === null) return this.#scalar(value);
    const isList = Array.isArray(value);
    if (Object.keys(value).length === 0) {
      this.#mark(isList ? '[' : '{', { hasSpace: true, isSpace: true });
      return this.#mark(isList ? ']' : '}');
    }
    const before = this.#indent;
    // A list in a mapping stands below its key, not to the right of it.
    if (!isList || !isInMapping || this.#isLineOpen || before < 0) this.#indent += 2;
    if (isList) this.#list(value);
    else this.#mapping(value as Record<string, unknown>);
    this.#indent = before;
  }

  #list(items: unknown[]): void {
    for (const item of items) {
      this.startLine();
      this.#mark('-', { hasSpace: true, keepsLine: true });
      this.node(item, { isInMapping: false });
    }
  }

  #mapping(object: Record<string, unknown>): void {
    for (const key of Object.keys(object).sort(byGoKeys)) {
      this.startLine();
      const isSimple = !hasBreak(key) && Buffer.byteLength(key) <= simpleKeyMax;
      if (isSimple) {
        this.#text(key, { isKey: true });
        this.#mark(':');
      } else {
        this.#mark('?', { hasSpace: true, keepsLine: true });
        this.#text(key, { isKey: false });
        this.startLine();
        this.#mark(':', { hasSpace: true, keepsLine: true });
      }
      this.node(object[key], { isInMapping: true });
    }
  }

  #scalar(value: unknown): void {
    if (typeof value === 'string') this.#text(value, { isKey: false });
    else this.#word(typeof value === 'number' ? goNumber(value) : String(value));
  }

  #word(text: string): void {
    this.#space();
    this.#put(text);
    this.#close();
  }

  #text(text: string, { isKey }: { isKey: boolean }): void {
    const style = scalarStyle(text, { isKey });
    if (style === 'plain' && (isKey || !text.includes(' '))) return this.#word(text);
    const before = this.#indent;
    this.#indent = Math.max(before, 0) + 2;
    if (style === 'literal') this.#literal(text);
    else if (style === 'double') this.#doubleQuoted(Array.from(text), !isKey);
    else this.#flowing(Array.from(text), { quote: style === 'single' ? "'" : '', mayBreak: !isKey });
    this.#indent = before;
  }

  /** A text without marks, or in single quotes. */
  #flowing(characters: string[], { quote, mayBreak }: { quote: string; mayBreak: boolean }): void {
    if (quote) this.#mark(quote, { hasSpace: true });
    else this.#space();
    let [isAfterSpace, isAfterBreak] = [false, false];
    for (const [index, character] of characters.entries()) {
      if (character === ' ') {
        const isBorder = quote !== '' && (index === 0 || index === characters.length - 1);
        const canBreak = mayBreak && !isAfterSpace && this.#column > lineWidth && !isBorder;
        if (canBreak && characters[index + 1] !== ' ') this.startLine();
        else this.#put(character);
        isAfterSpace = true;
      } else if (hasBreak(character)) {
        this.#break(character);
        [this.#isLineOpen, isAfterBreak] = [true, true];
      } else {
        if (isAfterBreak) this.startLine();
        this.#put(quote && character === "'" ? "''" : character);
        [this.#isLineOpen, isAfterSpace, isAfterBreak] = [false, false, false];
      }
    }
    if (quote) this.#mark(quote);
    this.#close();
  }

  #doubleQuoted(characters: string[], mayBreak: boolean): void {
    this.#mark('"', { hasSpace: true });
    // Go's writer looks for a byte order mark at the text's beginning wherever it stands, and escapes all behind one.
    const isPlain = characters[0] !== '\ufeff';
    let isAfterSpace = false;
    for (const [index, character] of characters.entries()) {
      const isWithin = index > 0 && index < characters.length - 1;
      if (isPlain && character === ' ' && mayBreak && !isAfterSpace && this.#column > lineWidth && isWithin) {
        this.startLine();
        if (characters[index + 1] === ' ') this.#put('\\');
      } else this.#put(escaped(character, isPlain));
      isAfterSpace = character === ' ';
    }
    this.#mark('"');
    this.#close();
  }

  #literal(text: string): void {
    this.#mark('|', { hasSpace: true });
    const lines = text.split(/([\n\r\u0085\u2028\u2029])/);
    if (text.startsWith(' ') || lines[0] === '') this.#mark('2');
    if (lines.at(-1) !== '') this.#mark('-');
    else if (lines.at(-3) === '') this.#mark('+');
    this.#break('\n');
    [this.#isLineOpen, this.#isAfterSpace] = [true, true];
    for (const part of lines) {
      if (part === '') continue;
      if (hasBreak(part)) {
        this.#break(part);
        this.#isLineOpen = true;
      } else {
        this.startLine();
        this.#put(part);
        this.#isLineOpen = false;
      }
    }
  }

  /** Goes to the indent, on a line of its own unless this one has only marks so far. */
  startLine(): void {
    const indent = Math.max(this.#indent, 0);
    if (!this.#isLineOpen || this.#column > indent || (this.#column === indent && !this.#isAfterSpace))
      this.#break('\n');
    this.#put(' '.repeat(Math.max(indent - this.#column, 0)));
    [this.#isAfterSpace, this.#isLineOpen] = [true, true];
  }

  #mark(text: string, { hasSpace = false, isSpace = false, keepsLine = false } = {}): void {
    if (hasSpace) this.#space();
    this.#put(text);
    this.#isAfterSpace = isSpace;
    this.#isLineOpen &&= keepsLine;
  }

  #space(): void {
    if (!this.#isAfterSpace) this.#put(' ');
  }

  #close(): void {
    [this.#isAfterSpace, this.#isLineOpen] = [false, false];
  }

  #put(text: string): void {
    this.#parts.push(text);
    this.#column += text.length;
  }

  #break(character: string): void {
    this.#parts.push(character);
    this.#column = 0;
  }
}

/** A character as it stands in double quotes: as itself, if that `mayBe`. */
function escaped(character: string, mayBe: boolean): string {
  if (mayBe && isPrintable(character) && !hasBreak(character) && !'"\\'.includes(character)) return character;
  const short = escapes[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/** Whole numbers in full, others with an exponent of two digits where they are large or small. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 64) return String(value);
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  if (Number(power) >= -4 && Number(power) < 6) return String(value);
  return `${mantissa}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}
