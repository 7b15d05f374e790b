// Which objects does a stream of YAML hold? Documents one after another, and the items of lists one by one, so that
// a list of any length needs the memory of one item. Lines in block style, as kubectl, oc and Helm write them.

import { parse } from 'yaml';
import type { FoundType, JsonSink } from './json-objects.ts';
import { plainYaml } from './plain-yaml.ts';

// etcd takes 1.5 MiB; ten times that is no object.
const objectCharsMax = 16 * 2 ** 20;

/** Feeds on lines without their ends; `end` closes the last document. */
export class YamlObjects {
  readonly #sink: JsonSink;
  /** Lines of the document, without its items. */
  #head: string[] = [];
  #headChars = 0;
  #item: string[] | undefined;
  #itemChars = 0;
  /** Indent of the dashes of `items`; undefined outside of it. */
  #itemsIndent: number | undefined;
  #hasItems = false;
  #isTooLarge = false;

  constructor(sink: JsonSink) {
    this.#sink = sink;
  }

  line(line: string): void {
    // Looking at one character spares most lines the search for more.
    if ((line[0] === '-' || line[0] === '.') && /^(?:---|\.\.\.)(?:\s|$)/.test(line)) {
      this.#endDocument();
      return;
    }
    if (this.#itemsIndent !== undefined && this.#takeAsItem(line)) return;
    const isItems = line.startsWith('items:');
    if (isItems && /^items:\s*$/.test(line)) {
      this.#hasItems = true;
      this.#itemsIndent = -1;
      return;
    }
    if (isItems && /^items:\s*\[\s*\]\s*$/.test(line)) {
      this.#hasItems = true;
      return;
    }
    this.#headChars += line.length;
    if (this.#headChars <= objectCharsMax) this.#head.push(line);
    else this.#isTooLarge = true;
  }

  /**
   * Closes the last document. False if it is a list that breaks off: kubectl and oc write the kind of a list after its
   * items, and every line with its end.
   */
  end({ isLastLineWhole }: { isLastLineWhole: boolean }): boolean {
    this.#endItem();
    const isList = this.#hasItems;
    const isWhole = !isList || (this.#listType().kind !== undefined && (isLastLineWhole || !this.#isInItems()));
    this.#endDocument();
    return isWhole;
  }

  #isInItems(): boolean {
    return this.#itemsIndent !== undefined;
  }

  /** True if the line belongs to the items. */
  #takeAsItem(line: string): boolean {
    const indent = line[0] === ' ' || line[0] === '\t' ? line.search(/\S/) : line === '' ? -1 : 0;
    if (indent < 0 || line[indent] === '#') {
      this.#item?.push(line);
      return true;
    }
    const isDash = line[indent] === '-' && (line[indent + 1] === ' ' || line.length === indent + 1);
    if (isDash && (this.#itemsIndent === -1 || indent === this.#itemsIndent)) {
      this.#endItem();
      this.#itemsIndent = indent;
      this.#item = [];
      this.#itemChars = 0;
      this.#keep(`${' '.repeat(indent)} ${line.slice(indent + 1)}`);
      return true;
    }
    if (this.#item && indent > (this.#itemsIndent ?? 0)) {
      this.#keep(line);
      return true;
    }
    this.#endItem();
    this.#itemsIndent = undefined;
    return false;
  }

  #keep(line: string): void {
    this.#itemChars += line.length;
    if (this.#itemChars <= objectCharsMax) this.#item?.push(line);
    else this.#isTooLarge = true;
  }

  #endItem(): void {
    const item = this.#item;
    this.#item = undefined;
    if (item) this.#emit(item, this.#listType());
  }

  #endDocument(): void {
    this.#endItem();
    if (this.#hasItems) this.#sink.endOfList(this.#listType());
    else if (this.#head.some((line) => /^\s*[^#\s]/.test(line))) this.#emit(this.#head, undefined);
    this.#head = [];
    this.#headChars = 0;
    this.#hasItems = false;
    this.#itemsIndent = undefined;
  }

  #emit(lines: readonly string[], list: FoundType | undefined): void {
    const isTooLarge = this.#isTooLarge;
    this.#isTooLarge = false;
    if (isTooLarge) return this.#sink.malformed(`an object has more than ${objectCharsMax / 2 ** 20} MiB`);
    const indent = lines.find((line) => /\S/.test(line) && !/^\s*#/.test(line))?.search(/\S/) ?? 0;
    const mentions = (word: string): boolean => lines.some((line) => line.includes(word));
    if (!this.#sink.wants(typeIn(lines, indent), list, mentions)) return;
    let object: unknown;
    try {
      const plain = plainYaml(lines);
      object = plain ? plain.value : parse(lines.join('\n'), { logLevel: 'error' });
    } catch (error) {
      return this.#sink.malformed((error as Error).message.split('\n')[0] ?? '');
    }
    this.#sink.take(object, list);
  }

  /** What the list says of itself so far; members after the items are not known yet. */
  #listType(): FoundType {
    return typeIn(this.#head, 0);
  }
}

function typeIn(lines: readonly string[], indent: number): FoundType {
  const valueOf = (field: string): string | undefined => {
    const start = `${' '.repeat(indent)}${field}:`;
    const line = lines.find((each) => each.startsWith(start));
    return (
      line
        ?.slice(start.length)
        .trim()
        .replace(/^(["'])(.*)\1$/, '$2') || undefined
    );
  };
  return { apiVersion: valueOf('apiVersion'), kind: valueOf('kind') };
}
