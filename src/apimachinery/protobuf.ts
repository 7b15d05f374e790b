// What object is in a Kubernetes protobuf body? Decodes `k8s\0` + runtime.Unknown to the object's JSON form.
// Reading is all that a server needs: every client that writes protobuf reads JSON.

import { rfc3339 } from '../base/clock.ts';
import { messagesJson } from './generated/descriptors.ts';
import { StatusError } from './status-error.ts';

export type ValueKind = 'string' | 'boolean' | 'integer' | 'double' | 'bytes' | 'message' | 'map';

/** One field of a message. */
export interface FieldShape {
  /** In JSON. */
  name: string;
  kind: ValueKind;
  /** Short name of the message type: `core.v1.PodSpec`. */
  message?: string;
  /** The values of a map; its keys are strings. */
  value?: FieldShape;
  isList?: boolean;
  /** Its fields stand in the parent's JSON. */
  isInline?: boolean;
  /** A zero was set by the client, and doesn't mean "absent". */
  keepsZero?: boolean;
}

/** Fields by number, by short message name. */
export type MessageTable = Record<string, Record<number, FieldShape>>;

const magic = Buffer.from('k8s\0');
const depthMax = 64;
const decoder = new TextDecoder('utf-8', { fatal: true });
let messages: MessageTable | undefined;

/** Is a body of this content type protobuf? */
export function isProtobuf(contentType: string): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/vnd.kubernetes.protobuf';
}

/** The object with its apiVersion and kind. Throws BadRequest if the bytes are no known object. */
export function decodeProtobuf(body: Uint8Array): Record<string, unknown> {
  if (!magic.equals(body.subarray(0, magic.length))) {
    throw malformed('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  messages ??= JSON.parse(messagesJson) as MessageTable;
  const unknown = readFields(body.subarray(magic.length));
  const typeMeta = readFields(bytesOf(unknown.get(1)));
  const [apiVersion, kind] = [textOf(typeMeta.get(1)), textOf(typeMeta.get(2))];
  const raw = bytesOf(unknown.get(2));
  if (textOf(unknown.get(4)) === 'application/json') return { apiVersion, kind, ...(readJson(raw) as object) };
  const message = messageOf(apiVersion, kind, messages);
  if (!message)
    throw malformed(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...new MessageReader(messages).read(message, raw, 0) };
}

/** Group `storage.k8s.io` is package `storage`; options of requests are in meta/v1 whatever their group. */
function messageOf(apiVersion: string, kind: string, table: MessageTable): string | undefined {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const candidates = [`${group.split('.')[0]}.${version}.${kind}`, `apis.meta.v1.${kind}`];
  return candidates.find((name) => table[name]);
}

type WireValue = bigint | Uint8Array;

/** Decodes messages by their table; one instance serves one body. */
class MessageReader {
  readonly #table: MessageTable;

  constructor(table: MessageTable) {
    this.#table = table;
  }

  read(message: string, bytes: Uint8Array, depth: number): Record<string, unknown> {
    if (depth > depthMax) throw malformed(`the message is nested more than ${depthMax} levels deep`);
    const fields = this.#table[message] ?? {};
    const object: Record<string, unknown> = {};
    for (const [number, wire] of readEntries(bytes)) {
      const field = fields[number];
      if (field) this.#add(object, field, { wire, depth });
    }
    return object;
  }

  #add(object: Record<string, unknown>, field: FieldShape, { wire, depth }: { wire: WireValue; depth: number }): void {
    const { name } = field;
    if (field.kind === 'map') {
      const entry = readFields(bytesOf(wire));
      const map = (object[name] ??= {}) as Record<string, unknown>;
      const { value: shape = field } = field;
      map[textOf(entry.get(1))] = this.#value(shape, entry.get(2) ?? emptyOf(shape), depth);
      return;
    }
    const value = this.#value(field, wire, depth);
    if (field.isInline) Object.assign(object, value);
    else if (field.isList) ((object[name] ??= []) as unknown[]).push(value);
    else if (value !== undefined && (field.kind === 'message' || field.keepsZero || !isZero(value)))
      object[name] = value;
  }

  #value({ kind, message }: FieldShape, wire: WireValue, depth: number): unknown {
    switch (kind) {
      case 'string':
        return textOf(wire);
      case 'boolean':
        return integerOf(wire) !== 0n;
      case 'integer':
        return Number(BigInt.asIntN(64, integerOf(wire)));
      case 'double':
        return Buffer.from(bytesOf(wire)).readDoubleLE();
      case 'bytes':
        return Buffer.from(bytesOf(wire)).toString('base64');
      default:
        return this.#message(message ?? '', bytesOf(wire), depth);
    }
  }

  #message(message: string, bytes: Uint8Array, depth: number): unknown {
    const special = specialMessages[message];
    if (special) return special(readFields(bytes));
    const value = this.read(message, bytes, depth + 1);
    // A type that is nothing but a list has a message of one field; its JSON is the list.
    return message.endsWith('.ExtraValue') ? (value.items ?? []) : value;
  }
}

type Fields = Map<number, WireValue>;

/** Messages whose JSON form isn't an object of their fields. */
const specialMessages: Record<string, (fields: Fields) => unknown> = {
  'apis.meta.v1.Time': (fields) => timeOf(fields),
  'apis.meta.v1.MicroTime': (fields) => timeOf(fields, { withMicros: true }),
  'apis.meta.v1.FieldsV1': (fields) => readJson(bytesOf(fields.get(1))) ?? {},
  'api.resource.Quantity': (fields) => textOf(fields.get(1)) || '0',
  'util.intstr.IntOrString': (fields) =>
    integerOf(fields.get(1) ?? 0n) === 0n
      ? Number(BigInt.asIntN(32, integerOf(fields.get(2) ?? 0n)))
      : textOf(fields.get(3)),
  'runtime.RawExtension': (fields) => readJson(bytesOf(fields.get(1))),
};

function timeOf(fields: Fields, options: { withMicros?: boolean } = {}): string | undefined {
  // The zero time has no fields; the epoch has two zeros.
  if (fields.size === 0) return undefined;
  const seconds = Number(BigInt.asIntN(64, integerOf(fields.get(1) ?? 0n)));
  const nanos = Number(BigInt.asIntN(32, integerOf(fields.get(2) ?? 0n)));
  if (Math.abs(seconds) > 253_402_300_799) throw malformed(`time of ${seconds} seconds is out of range`);
  const text = rfc3339(seconds * 1000);
  return options.withMicros ? `${text.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : text;
}

function readJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw malformed('embedded JSON cannot be read', error);
  }
}

/** The last value of each field. */
function readFields(bytes: Uint8Array): Fields {
  return new Map(readEntries(bytes));
}

/** The fields of a message in their order on the wire. */
function* readEntries(bytes: Uint8Array): Generator<[number, WireValue]> {
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

function emptyOf({ kind }: FieldShape): WireValue {
  return kind === 'integer' || kind === 'boolean' ? 0n : new Uint8Array();
}

function integerOf(value: WireValue): bigint {
  if (typeof value !== 'bigint') throw malformed('wrong wireType for an integer');
  return value;
}

function bytesOf(value: WireValue | undefined): Uint8Array {
  if (typeof value === 'bigint') throw malformed('wrong wireType for a string, message or bytes');
  return value ?? new Uint8Array();
}

function textOf(value: WireValue | undefined): string {
  try {
    return decoder.decode(bytesOf(value));
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw malformed('a string is not valid UTF-8', error);
  }
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function malformed(why: string, cause?: unknown): StatusError {
  return new StatusError('BadRequest', `the protobuf body cannot be decoded: ${why}`, { cause });
}
