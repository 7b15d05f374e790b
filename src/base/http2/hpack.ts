// How do headers travel in HTTP/2? HPACK (RFC 7541): requests are decoded in full, answers are written without the
// table of the connection, so that they depend on nothing that was sent before.

import { ConnectionError, errorCodes } from './frames.ts';
import { staticFields } from './hpack-table.ts';
import { decodeHuffman } from './huffman.ts';

const tableBytesMax = 4096;
/** What each entry counts beside its name and value. Source: RFC 7541, 4.1. */
const entryOverhead = 32;
/**
 * What the fields of a block may have together, as RFC 9113, 6.5.2 counts them. Two bytes can stand for 4 KB of the table, so
 * that a bound on the block alone is none.
 */
const listBytesMax = 128 * 1024;
/** No integer of a request needs more. */
const integerMax = 2 ** 24;

interface Entry {
  name: string;
  value: string;
}

/** Decodes the requests of one connection, in order. */
export class HpackDecoder {
  /** The newest last. */
  readonly #entries: Entry[] = [];
  #tableBytes = 0;
  #tableLimit = tableBytesMax;
  #source: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Names and values in turn; undefined if they are too large together. Throws ConnectionError if the block can't be decoded:
   * what follows could not be either.
   */
  decode(block: Buffer): string[] | undefined {
    this.#source = block;
    this.#at = 0;
    const fields: string[] = [];
    let listBytes = 0;
    let isAtStart = true;
    while (this.#at < block.length) {
      const field = this.#next(isAtStart);
      if (!field) continue;
      isAtStart = false;
      // The rest is decoded all the same: later blocks refer to it.
      listBytes += sizeOf(field);
      if (listBytes <= listBytesMax) fields.push(field.name, field.value);
    }
    return listBytes <= listBytesMax ? fields : undefined;
  }

  /** The next field; undefined if it only changes the table's size. */
  #next(isAtStart: boolean): Entry | undefined {
    const first = this.#source[this.#at] as number;
    if (first >= 0x80) return this.#entry(this.#integer(7));
    if (first >= 0x40) {
      const field = this.#literal(6);
      this.#remember(field);
      return field;
    }
    if (first < 0x20) return this.#literal(4);
    if (!isAtStart) throw invalid('The table changes its size in the midst of a block');
    this.#resize(this.#integer(5));
    return undefined;
  }

  #literal(prefixBits: number): Entry {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#entry(index).name;
    return { name, value: this.#string() };
  }

  #entry(index: number): Entry {
    const known = staticEntries[index] ?? this.#entries[this.#entries.length - (index - staticFields.length)];
    if (index === 0 || !known) throw invalid(`There is no field ${index}`);
    return known;
  }

  #string(): string {
    const isCoded = ((this.#source[this.#at] ?? 0) & 0x80) !== 0;
    const start = this.#integer(7);
    const from = this.#at;
    const to = from + start;
    if (to > this.#source.length) throw invalid('A string is longer than its block');
    this.#at = to;
    return isCoded ? decodeHuffman(this.#source, from, to) : this.#source.toString('latin1', from, to);
  }

  #integer(prefixBits: number): number {
    const max = (1 << prefixBits) - 1;
    let value = this.#byte() & max;
    if (value < max) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (value > integerMax || scale > integerMax) throw invalid('An integer is too large');
      if (byte < 0x80) return value;
    }
  }

  #byte(): number {
    const byte = this.#source[this.#at];
    if (byte === undefined) throw invalid('A block ends within a field');
    this.#at += 1;
    return byte;
  }

  #remember(field: Entry): void {
    this.#entries.push(field);
    this.#tableBytes += sizeOf(field);
    this.#evict();
  }

  #resize(limit: number): void {
    if (limit > tableBytesMax) throw invalid('The table is larger than allowed');
    this.#tableLimit = limit;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableLimit) this.#tableBytes -= sizeOf(this.#entries.shift() as Entry);
  }
}

const staticEntries: readonly (Entry | undefined)[] = [
  undefined,
  ...staticFields.map(([name, value]) => ({ name, value })),
];

function sizeOf({ name, value }: Entry): number {
  return name.length + value.length + entryOverhead;
}

function invalid(message: string): ConnectionError {
  return new ConnectionError(errorCodes.compressionError, message);
}

const nameIndexes = new Map(staticFields.map(([name], index) => [name, index + 1] as const).toReversed());
const statusIndexes = new Map(
  staticFields.flatMap(([name, value], index) => (name === ':status' ? [[Number(value), index + 1] as const] : [])),
);
/** What stands for names of the table, before a value that no table is to remember. Source: RFC 7541, 6.2.2. */
const namePrefixes = new Map(Array.from(nameIndexes, ([name, index]) => [name, integer(index, 4)]));

/** A field's integer, length prefix and a little to spare. */
const fieldOverhead = 16;
let scratch = Buffer.allocUnsafeSlow(4096);

/** The head of an answer. */
export interface AnswerHead {
  status: number;
  /** Names are in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Fields behind those: what each answer has is kept apart, because to copy the headers costs more than to write them. */
  more?: Readonly<Record<string, string>>;
}

/** A head as a block of literals; the bytes are good until the next call. */
export function encodeHead({ status, headers, more }: AnswerHead): Buffer {
  const index = statusIndexes.get(status);
  let at = index === undefined ? writeField(0, ':status', String(status)) : writeByte(0, 0x80 | index);
  for (const name in headers) at = writeField(at, name, headers[name] as string);
  for (const name in more) at = writeField(at, name, more[name] as string);
  return scratch.subarray(0, at);
}

/** A field by itself. */
export function literal(name: string, value: string): Buffer {
  const end = writeField(0, name, value);
  return Buffer.from(scratch.subarray(0, end));
}

function writeField(at: number, name: string, value: string): number {
  reserve(at + name.length + 3 * value.length + fieldOverhead);
  const prefix = namePrefixes.get(name);
  if (prefix) {
    scratch.set(prefix, at);
    return writeString(at + prefix.length, value);
  }
  return writeString(writeString(writeByte(at, 0), name), value);
}

/** A string and its length before it, which is known only when it is written. */
function writeString(at: number, text: string): number {
  const bytes = writeText(at + 1, text);
  if (bytes < 0x7f) {
    scratch[at] = bytes;
    return at + 1 + bytes;
  }
  const length = integer(bytes, 7);
  scratch.copyWithin(at + length.length, at + 1, at + 1 + bytes);
  scratch.set(length, at);
  return at + length.length + bytes;
}

/** Longer texts are written by native code, which a short one does not pay for. */
const shortTextMax = 32;

/** Gives the number of bytes. */
function writeText(at: number, text: string): number {
  if (text.length > shortTextMax) return scratch.write(text, at);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return scratch.write(text, at);
    scratch[at + i] = code;
  }
  return text.length;
}

function writeByte(at: number, byte: number): number {
  scratch[at] = byte;
  return at + 1;
}

function reserve(bytes: number): void {
  if (bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * bytes);
  larger.set(scratch);
  scratch = larger;
}

function integer(value: number, prefixBits: number): Buffer {
  const max = (1 << prefixBits) - 1;
  if (value < max) return Buffer.from([value]);
  const bytes = [max];
  let rest = value - max;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
