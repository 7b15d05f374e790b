// How is a message written to and read from the protobuf wire? Field builders that a table of a message is
// made of; the table is checked against the message's interface by the compiler.

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** One field of a message: its number and how its value travels. */
export interface Field<T> {
  readonly number: number;
  /** The value of a field that was not sent. `undefined` = the field tells absent from zero. */
  zero(): T | undefined;
  /** Writes a value that is not absent; leaves zero values out, as proto3 does. */
  write(writer: BinaryWriter, value: T): void;
  /** Reads one occurrence. `previous` is what earlier occurrences made of the field. */
  read(reader: BinaryReader, wire: WireType, previous: T | undefined): T;
}

type Fields<T> = { readonly [K in keyof Required<T>]: Field<NonNullable<T[K]>> };

/** A message's codec. `T` is the decoded message; see `Outgoing` for what may be left out when encoding. */
export interface Message<T> {
  readonly name: string;
  encode(message: unknown): Uint8Array;
  decode(bytes: Uint8Array): T;
  writeTo(writer: BinaryWriter, message: unknown): void;
  readFrom(reader: BinaryReader, end: number): T;
}

/** Defines a message by its fields. Unknown fields are skipped on reading, as protobuf asks. */
export function message<T>(name: string, fields: Fields<T>): Message<T> {
  const entries = Object.entries<Field<unknown>>(fields);
  const byNumber = new Map(entries.map(([key, field]) => [field.number, { key, field }]));

  const writeTo = (writer: BinaryWriter, value: unknown): void => {
    for (const [key, field] of entries) {
      const member = (value as Record<string, unknown>)[key];
      if (member !== undefined && member !== null) field.write(writer, member);
    }
  };

  const readFrom = (reader: BinaryReader, end: number): T => {
    const found: Record<string, unknown> = {};
    for (const [key, field] of entries) {
      const zero = field.zero();
      if (zero !== undefined) found[key] = zero;
    }
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      const known = byNumber.get(number);
      if (known) found[known.key] = known.field.read(reader, wire, found[known.key]);
      else reader.skip(wire, number);
    }
    return found as T;
  };

  return {
    name,
    writeTo,
    readFrom,
    encode(value) {
      const writer = new BinaryWriter();
      writeTo(writer, value);
      return writer.finish();
    },
    decode: (bytes) => readFrom(new BinaryReader(bytes), bytes.length),
  };
}

export function string(number: number): Field<string> {
  return {
    number,
    zero: () => '',
    write: (writer, value) => {
      if (value !== '') writer.tag(number, WireType.LengthDelimited).string(value);
    },
    read: (reader) => reader.string(),
  };
}

/** Bytes as they lie in the message that was read: a view, not a copy. */
export function bytes(number: number): Field<Uint8Array> {
  return {
    number,
    zero: () => emptyBytes,
    write: (writer, value) => {
      if (value.byteLength > 0) writer.tag(number, WireType.LengthDelimited).bytes(value);
    },
    read: (reader) => reader.bytes(),
  };
}

const emptyBytes = new Uint8Array();

export function bool(number: number): Field<boolean> {
  return {
    number,
    zero: () => false,
    write: (writer, value) => {
      if (value) writer.tag(number, WireType.Varint).bool(value);
    },
    read: (reader) => reader.bool(),
  };
}

export function int32(number: number): Field<number> {
  return {
    number,
    zero: () => 0,
    write: (writer, value) => {
      if (value !== 0) writer.tag(number, WireType.Varint).int32(value);
    },
    read: (reader) => reader.int32(),
  };
}

/** An int64 as a number. Reading throws RangeError, which gRPC answers with INTERNAL, over 2^53. */
export function int64(number: number): Field<number> {
  return {
    number,
    zero: () => 0,
    write: (writer, value) => {
      if (value !== 0) writer.tag(number, WireType.Varint).int64(value);
    },
    read: (reader) => safeInteger(reader.int64()),
  };
}

function safeInteger(value: bigint | string | number): number {
  const integer = Number(value);
  if (!Number.isSafeInteger(integer)) {
    throw new RangeError(`An int64 must lie between -2^53 and 2^53, found ${value}`);
  }
  return integer;
}

/** An enum by its protocol names, in the order of their numbers from 0. An unknown number reads as the first name. */
export function choice<Name extends string>(number: number, names: readonly [Name, ...Name[]]): Field<Name> {
  return {
    number,
    zero: () => names[0],
    write: (writer, value) => {
      const index = names.indexOf(value);
      if (index > 0) writer.tag(number, WireType.Varint).int32(index);
    },
    read: (reader) => names[reader.int32()] ?? names[0],
  };
}

/** A message inside a message. Absent when not sent. */
export function one<T>(number: number, type: Message<T>): Field<T> {
  return {
    number,
    zero: () => undefined,
    write: (writer, value) => {
      writer.tag(number, WireType.LengthDelimited).fork();
      type.writeTo(writer, value);
      writer.join();
    },
    read: (reader) => readDelimited(reader, (end) => type.readFrom(reader, end)),
  };
}

export function many<T>(number: number, type: Message<T>): Field<T[]> {
  const item = one(number, type);
  return {
    number,
    zero: () => [],
    write: (writer, values) => {
      for (const value of values) item.write(writer, value);
    },
    read: (reader, wire, previous) => appended(previous, item.read(reader, wire, undefined)),
  };
}

export function strings(number: number): Field<string[]> {
  return {
    number,
    zero: () => [],
    write: (writer, values) => {
      for (const value of values) writer.tag(number, WireType.LengthDelimited).string(value);
    },
    read: (reader, _wire, previous) => appended(previous, reader.string()),
  };
}

const stringEntry = message<{ key: string; value: string }>('Entry', { key: string(1), value: string(2) });

/** `map<string, string>`. Travels as repeated entries. */
export function stringMap(number: number): Field<Record<string, string>> {
  const entry = one(number, stringEntry);
  return {
    number,
    zero: () => ({}),
    write: (writer, values) => {
      for (const [key, value] of Object.entries(values)) entry.write(writer, { key, value });
    },
    read: (reader, wire, previous) => {
      const { key, value } = entry.read(reader, wire, undefined);
      return { ...previous, [key]: value };
    },
  };
}

/** `google.protobuf.BoolValue` and `Int64Value`: a value that can be absent. */
export function wrapped<T>(number: number, value: (number: 1) => Field<T>): Field<T> {
  const box = message<{ value: T }>('Value', { value: value(1) as Field<NonNullable<T>> });
  const field = one(number, box);
  return {
    number,
    zero: () => undefined,
    write: (writer, inner) => field.write(writer, { value: inner }),
    read: (reader, wire) => field.read(reader, wire, undefined).value,
  };
}

// The list is the one that `zero` made for this message, so that it may grow in place.
function appended<T>(list: T[] = [], item: T): T[] {
  list.push(item);
  return list;
}

function readDelimited<T>(reader: BinaryReader, read: (end: number) => T): T {
  const length = reader.uint32();
  return read(reader.pos + length);
}
