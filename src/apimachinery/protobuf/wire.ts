// How are the fields of a protobuf message written one after the other? Tags, varints and lengths.

import { StatusError } from '../status-error.ts';

/** An integer, or the bytes of anything else. */
export type WireValue = bigint | Uint8Array;

/** The last value of each field, by number. */
export type Fields = Map<number, WireValue>;

const decoder = new TextDecoder('utf-8', { fatal: true });

export function readFields(bytes: Uint8Array): Fields {
  return new Map(readEntries(bytes));
}

/** The fields of a message in their order on the wire. Throws BadRequest. */
export function* readEntries(bytes: Uint8Array): Generator<[number, WireValue]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at];
      at += 1;
      if (byte === undefined) throw malformed('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed('integer overflow');
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw malformed('unexpected EOF');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wireType = tag % 8;
    const number = Math.floor(tag / 8);
    if (wireType === 0) yield [number, varint()];
    else if (wireType === 1) yield [number, take(8)];
    else if (wireType === 2) yield [number, take(Number(varint()))];
    else if (wireType === 5) yield [number, take(4)];
    else throw malformed(`illegal wireType ${wireType}`);
  }
}

export function integerOf(value: WireValue): bigint {
  if (typeof value !== 'bigint') throw malformed('wrong wireType for an integer');
  return value;
}

export function bytesOf(value: WireValue | undefined): Uint8Array {
  if (typeof value === 'bigint') throw malformed('wrong wireType for a string, message or bytes');
  return value ?? new Uint8Array();
}

export function textOf(value: WireValue | undefined): string {
  const bytes = bytesOf(value);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw malformed('a string is not valid UTF-8', error);
  }
}

export function malformed(why: string, cause?: unknown): StatusError {
  return new StatusError('BadRequest', `the protobuf body cannot be decoded: ${why}`, { cause });
}

/** Collects the fields of one message. */
export class FieldWriter {
  readonly #chunks: Uint8Array[] = [];

  integer(number: number, value: number | bigint): this {
    this.#varint(BigInt(number * 8));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  double(number: number, value: number): this {
    this.#varint(BigInt(number * 8 + 1));
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#chunks.push(bytes);
    return this;
  }

  bytes(number: number, value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.#varint(BigInt(number * 8 + 2));
    this.#varint(BigInt(bytes.byteLength));
    this.#chunks.push(bytes);
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#chunks.push(Uint8Array.from(bytes));
  }
}
