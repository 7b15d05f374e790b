// How do SPDY headers travel? Name and value pairs in one zlib stream per direction, a block per frame.

import { constants, inflateRawSync } from 'node:zlib';
import { SpdyError } from './frames.ts';
import { headerDictionary } from './header-dictionary.ts';

export type Headers = Record<string, string>;

const windowBytes = 32 * 1024;
const blockBytesMax = 64 * 1024;
/** An empty stored block: without it, Go's inflate waits for more. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Reads the header blocks of one connection, in their order. */
export class HeaderReader {
  #history: Buffer = headerDictionary;
  #isFirst = true;

  /** Throws SpdyError. */
  read(block: Buffer): Headers {
    // A block ends at a byte, so that each can be inflated on its own, with what came before as its dictionary.
    const deflated = this.#isFirst ? block.subarray(zlibHeaderBytes(block)) : block;
    this.#isFirst = false;
    const plain = inflate(deflated, this.#history);
    this.#history = Buffer.concat([this.#history, plain]).subarray(-windowBytes);
    return parsePairs(plain);
  }
}

/** Writes header blocks without compressing them: replies have next to no headers. */
export class HeaderWriter {
  #isFirst = true;

  write(headers: Headers): Buffer {
    const pairs = formatPairs(headers);
    const block = Buffer.alloc(5);
    // One stored block of the deflate format: its type, length, and the length's complement.
    block.writeUInt16LE(pairs.byteLength, 1);
    block.writeUInt16LE(~pairs.byteLength & 0xffff, 3);
    const opening = this.#isFirst ? Buffer.from([0x78, 0x01]) : Buffer.alloc(0);
    this.#isFirst = false;
    return Buffer.concat([opening, block, pairs, syncFlush]);
  }
}

function zlibHeaderBytes(block: Buffer): number {
  const hasDictionary = ((block[1] ?? 0) & 0x20) !== 0;
  return hasDictionary ? 6 : 2;
}

function inflate(block: Buffer, dictionary: Buffer): Buffer {
  try {
    return inflateRawSync(block, {
      dictionary: dictionary.subarray(-windowBytes),
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: blockBytesMax,
    });
  } catch (error) {
    throw new SpdyError('a header block cannot be inflated', { cause: error });
  }
}

function parsePairs(plain: Buffer): Headers {
  let at = 0;
  const integer = (): number => {
    if (at + 4 > plain.byteLength) throw new SpdyError('a header block is cut off');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = integer();
    if (length > plain.byteLength - at) throw new SpdyError('a header block is cut off');
    at += length;
    return plain.toString('latin1', at - length, at);
  };
  const entries: [string, string][] = [];
  for (let left = integer(); left > 0; left -= 1) entries.push([text().toLowerCase(), text()]);
  return Object.fromEntries(entries);
}

function formatPairs(headers: Headers): Buffer {
  const entries = Object.entries(headers);
  const parts = [integerBytes(entries.length)];
  for (const text of entries.flat()) parts.push(integerBytes(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

function integerBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
