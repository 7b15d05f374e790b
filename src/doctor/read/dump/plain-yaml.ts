// How is YAML read fast? As kubectl, oc and Helm write objects: blocks of maps and lists, plain and quoted scalars,
// literal text. Whatever else YAML allows is left to the full parser, which takes about twenty times as long.

/** The value of the lines, or that they hold something which is not read here. Never a value that YAML gives otherwise. */
export function plainYaml(lines: readonly string[]): { value: unknown } | undefined {
  try {
    const reader = new PlainReader(lines);
    return { value: reader.document() };
  } catch (error) {
    if (error === unfamiliar) return undefined;
    throw error;
  }
}

const unfamiliar = new Error('Not read here');

function leave(): never {
  throw unfamiliar;
}

const [space, tab, dash, hash, colon, quote, apostrophe] = [0x20, 0x09, 0x2d, 0x23, 0x3a, 0x22, 0x27];
/** What a plain scalar may not begin with; a dash, a question mark and a colon only before a space. */
const indicators = new Set('&*!|>%@`{}[],#"\''.split(''));

class PlainReader {
  readonly #lines: string[];
  #at = 0;
  /** Of the line at hand. */
  #indent = 0;

  constructor(lines: readonly string[]) {
    this.#lines = [...lines];
  }

  document(): unknown {
    if (!this.#next()) return null;
    const value = this.#node(this.#indent);
    if (this.#next()) leave();
    return value;
  }

  /** Goes to the next line with content, this one included; false at the end. */
  #next(): boolean {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] ?? '';
      const indent = indentOf(line);
      if (indent === line.length || line.charCodeAt(indent) === hash) continue;
      if (line.charCodeAt(indent) === tab) leave();
      this.#indent = indent;
      return true;
    }
    return false;
  }

  #node(indent: number): unknown {
    const line = this.#lines[this.#at] ?? '';
    if (isItem(line, indent)) return this.#list(indent);
    return keyEnd(line, indent) < 0 ? leave() : this.#map(indent);
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = [];
    while (this.#next() && this.#indent === indent && isItem(this.#lines[this.#at] ?? '', indent))
      items.push(this.#item(indent));
    if (this.#at < this.#lines.length && this.#indent > indent) leave();
    return items;
  }

  /** The dash of an item stands where its content is indented to. */
  #item(indent: number): unknown {
    const line = this.#lines[this.#at] ?? '';
    const start = indent + 1 + indentOf(line.slice(indent + 1));
    if (start >= line.length) {
      this.#at += 1;
      return this.#next() && this.#indent > indent ? this.#node(this.#indent) : null;
    }
    if (line.charCodeAt(start) === hash || line.charCodeAt(start) === tab) leave();
    if (!isItem(line, start) && keyEnd(line, start) < 0) return this.#scalar(trimmed(line.slice(start)), indent);
    this.#lines[this.#at] = `${' '.repeat(start)}${line.slice(start)}`;
    this.#indent = start;
    return this.#node(start);
  }

  #map(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    let count = 0;
    while (this.#next() && this.#indent === indent) {
      const line = this.#lines[this.#at] ?? '';
      const end = isItem(line, indent) ? -1 : keyEnd(line, indent);
      if (end < 0) break;
      const key = keyText(line.slice(indent, end));
      if (key === '__proto__' || key === '<<') leave();
      map[key] = this.#valueOf(trimmedEnd(line.slice(pastSpaces(line, end + 1))), indent);
      count += 1;
    }
    if (this.#at < this.#lines.length && this.#indent > indent) leave();
    // The full parser says what is wrong with a key that is there twice.
    if (Object.keys(map).length !== count) leave();
    return map;
  }

  #valueOf(text: string, indent: number): unknown {
    if (text !== '') return this.#scalar(text, indent);
    this.#at += 1;
    if (!this.#next()) return null;
    if (this.#indent > indent) return this.#node(this.#indent);
    // Lists in maps need no indent of their own.
    return this.#indent === indent && isItem(this.#lines[this.#at] ?? '', indent) ? this.#list(indent) : null;
  }

  /** A scalar that begins with the text; `indent` is that of the map or list that it is in. */
  #scalar(text: string, indent: number): unknown {
    const first = text.charCodeAt(0);
    if (first === quote || first === apostrophe) return this.#quoted(text, indent);
    if (/^\|[-+]?$/.test(text)) return this.#literal(text[1] ?? '', indent);
    this.#at += 1;
    if (text === '{}') return {};
    if (text === '[]') return [];
    if (!isPlain(text)) leave();
    const more = this.#continuation(indent);
    return more === '' ? resolved(text) : `${text}${more}`;
  }

  /** Further lines of a plain scalar: each is joined by a space. */
  #continuation(indent: number): string {
    let more = '';
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] ?? '';
      const start = indentOf(line);
      if (start === line.length) {
        // A blank line may belong to the scalar.
        const after = this.#at;
        if (this.#next() && this.#indent > indent) leave();
        this.#at = after;
        return more;
      }
      if (start <= indent) return more;
      const text = trimmed(line.slice(start));
      if (text.startsWith('#') || /:(?:\s|$)|\s#|\t/.test(text)) leave();
      more += ` ${text}`;
    }
    return more;
  }

  /** Up to the closing quote, which may stand some lines below. */
  #quoted(text: string, indent: number): string {
    const mark = text[0] ?? '';
    let whole = text;
    for (;;) {
      const end = closingQuote(whole, mark);
      this.#at += 1;
      if (end === whole.length - 1) return unquoted(whole);
      if (end >= 0) leave();
      const line = this.#lines[this.#at];
      if (line === undefined || trimmed(line) === '' || indentOf(line) <= indent || /\t/.test(whole + line)) leave();
      const isEscaped = mark === '"' && /(?:^|[^\\])(?:\\\\)*\\$/.test(whole);
      whole = isEscaped ? `${whole.slice(0, -1)}${trimmed(line)}` : `${trimmed(whole)} ${trimmed(line)}`;
    }
  }

  /** Lines as they are, without the indent of the first; what ends them is kept, cut or clipped. */
  #literal(chomping: string, indent: number): string {
    const start = ++this.#at;
    const first = this.#lines.slice(start).find((line) => indentOf(line) < line.length);
    const margin = first === undefined ? 0 : indentOf(first);
    if (margin <= indent) leave();
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? '';
      const at = indentOf(line);
      if (at < margin && at < line.length) break;
      this.#at += 1;
    }
    // Leading blank lines that are longer than the margin are a fault.
    if (indentOf(this.#lines[start] ?? '') === (this.#lines[start] ?? '').length) leave();
    const text = this.#lines
      .slice(start, this.#at)
      .map((line) => line.slice(margin))
      .join('\n');
    if (chomping === '+') leave();
    const body = text.replace(/\n+$/, '');
    return chomping === '-' ? body : `${body}\n`;
  }
}

function indentOf(line: string): number {
  return pastSpaces(line, 0);
}

function pastSpaces(line: string, start: number): number {
  let at = start;
  while (line.charCodeAt(at) === space) at += 1;
  return at;
}

function trimmedEnd(text: string): string {
  return text.charCodeAt(text.length - 1) === space ? text.replace(/ +$/, '') : text;
}

/** Without spaces around it; other white space is content, or none of this. */
function trimmed(text: string): string {
  return trimmedEnd(text.charCodeAt(0) === space ? text.slice(pastSpaces(text, 0)) : text);
}

function isItem(line: string, at: number): boolean {
  return line.charCodeAt(at) === dash && (line.length === at + 1 || line.charCodeAt(at + 1) === space);
}

/** Where the colon after a key stands; -1 if there is none. */
function keyEnd(line: string, start: number): number {
  const first = line.charCodeAt(start);
  if (first === quote || first === apostrophe) {
    const end = closingQuote(line.slice(start), line[start] ?? '');
    const after = start + end + 1;
    return end > 0 && line.charCodeAt(after) === colon && isSpaceOrEnd(line, after + 1) ? after : -1;
  }
  for (let at = line.indexOf(':', start); at >= 0; at = line.indexOf(':', at + 1))
    if (isSpaceOrEnd(line, at + 1)) return at;
  return -1;
}

function isSpaceOrEnd(line: string, at: number): boolean {
  return at >= line.length || line.charCodeAt(at) === space;
}

function keyText(text: string): string {
  if (text.startsWith('"') || text.startsWith("'")) return unquoted(text);
  if (!isPlain(text) || text !== trimmed(text) || text.startsWith('? ')) leave();
  return text;
}

/** May the text stand without quotes, on one line? */
function isPlain(text: string): boolean {
  const first = text.charCodeAt(0);
  // Most begin with a letter or a digit, and have neither of these signs.
  if (!isAlphanumeric(first) && (indicators.has(text[0] ?? '') || /^[-?:](?:\s|$)/.test(text))) return false;
  if (text.includes(':') && (text.includes(': ') || text.endsWith(':'))) return false;
  return !text.includes('\t') && !text.includes(' #');
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}

/** Where the quote that opens the text is closed; -1 if it is not. */
function closingQuote(text: string, mark: string): number {
  for (let at = 1; at < text.length; at++) {
    if (mark === '"' && text[at] === '\\') at += 1;
    else if (text[at] === mark) {
      if (mark === '"' || text[at + 1] !== mark) return at;
      at += 1;
    }
  }
  return -1;
}

function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (!text.includes('\\')) return text.slice(1, -1);
  // Those that JSON has too, and the escaped space of a line that was broken.
  if (/\\[^"\\/bfnrtu ]/.test(text.replaceAll('\\\\', ''))) leave();
  const json = text.replaceAll(/\\(.)/g, (escape, letter: string) => (letter === ' ' ? ' ' : escape));
  try {
    return JSON.parse(json) as string;
  } catch {
    return leave();
  }
}

/** As the core schema of YAML 1.2 has it. */
function resolved(text: string): unknown {
  const first = text.charCodeAt(0);
  if (first > 0x39) return text.length <= 5 && words.has(text) ? words.get(text) : text;
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^0[ox]|^[-+]?\.(?:inf|nan)$/i.test(text)) return leave();
  return text;
}

const words = new Map<string, unknown>([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);
