// What does a Huffman-coded string of HPACK say? The code is canonical, so the symbols in order of their codes' lengths
// are all of it. Source: RFC 7541, Appendix B.

import { ConnectionError, errorCodes } from './frames.ts';

/** Symbols by length of their code in bits, each row in order. */
const symbolsByLength: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [5, [48, 49, 50, 97, 99, 101, 105, 111, 115, 116]],
  [
    6,
    [32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61, 65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117],
  ],
  [
    7,
    [
      58, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107, 113,
      118, 119, 120, 121, 122,
    ],
  ],
  [8, [38, 42, 44, 59, 88, 90]],
  [10, [33, 34, 40, 41, 63]],
  [11, [39, 43, 124]],
  [12, [35, 62]],
  [13, [0, 36, 64, 91, 93, 126]],
  [14, [94, 125]],
  [15, [60, 96, 123]],
  [19, [92, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [
    22,
    [
      129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198,
      228, 232, 233,
    ],
  ],
  [
    23,
    [
      1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182,
      183, 188, 191, 197, 231, 239,
    ],
  ],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
  [
    28,
    [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249],
  ],
  [30, [10, 13, 22]],
];

interface Row {
  bits: number;
  firstCode: number;
  symbols: readonly number[];
}

const rows = codeRows();
const shortBits = 8;
/** For each eight bits, the symbol that they begin with and the length of its code: `length * 256 + symbol`; 0 if that is longer. */
const short = shortCodes();

/** Decodes `source` from `start` to `end`. Throws ConnectionError if that is not of the code. */
export function decodeHuffman(source: Uint8Array, start: number, end: number): string {
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / 5));
  let length = 0;
  const endBit = end * 8;
  for (let bit = start * 8; bit < endBit; length++) {
    const found = short[eightBits(source, bit, end)] || longCode(source, bit, endBit);
    // What is left is filled up with ones, fewer than eight.
    if (found === 0) break;
    bit += found >>> 8;
    if (bit > endBit) throw invalid();
    text[length] = found & 0xff;
  }
  return text.toString('latin1', 0, length);
}

/** The eight bits from `bit` on; past `end` there are ones. */
function eightBits(source: Uint8Array, bit: number, end: number): number {
  const at = bit >>> 3;
  const next = at + 1 < end ? (source[at + 1] as number) : 0xff;
  return ((((source[at] as number) << 8) | next) >>> (8 - (bit & 7))) & 0xff;
}

/** As `short` has it, for longer codes; 0 if only filling is left. */
function longCode(source: Uint8Array, bit: number, endBit: number): number {
  let code = 0;
  let bits = 0;
  for (const row of rows) {
    while (bits < row.bits) {
      const at = bit + bits;
      if (at >= endBit) {
        if (bits < shortBits && code === 2 ** bits - 1) return 0;
        throw invalid();
      }
      code = code * 2 + (((source[at >>> 3] as number) >>> (7 - (at & 7))) & 1);
      bits += 1;
    }
    const symbol = row.symbols[code - row.firstCode];
    if (symbol !== undefined) return row.bits * 256 + symbol;
  }
  throw invalid();
}

function codeRows(): Row[] {
  let code = 0;
  let last = 0;
  return symbolsByLength.map(([bits, symbols]) => {
    code *= 2 ** (bits - last);
    last = bits;
    const row = { bits, firstCode: code, symbols };
    code += symbols.length;
    return row;
  });
}

function shortCodes(): Uint16Array {
  const table = new Uint16Array(256);
  for (const { bits, firstCode, symbols } of rows) {
    if (bits > shortBits) break;
    const free = shortBits - bits;
    for (const [index, symbol] of symbols.entries()) {
      const from = (firstCode + index) << free;
      table.fill(bits * 256 + symbol, from, from + (1 << free));
    }
  }
  return table;
}

function invalid(): ConnectionError {
  return new ConnectionError(errorCodes.compressionError, 'A header has an invalid Huffman code');
}
