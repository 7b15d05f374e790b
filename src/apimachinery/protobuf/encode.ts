// How does an object look to a client that reads only protobuf? Encodes the JSON form as `k8s\0` + runtime.Unknown.

import { epochMsOf } from '../../base/clock.ts';
import { parseGoDuration } from '../go-duration.ts';
import { type FieldShape, isListMessage, type MessageTable, magic, messageOf, messageTable } from './messages.ts';
import { FieldWriter } from './wire.ts';

type Json = Record<string, unknown>;

/** The bytes of `object`; undefined if its kind has no message. `apiVersion` and `kind` say which one. */
export function encodeProtobuf(object: Json): Uint8Array | undefined {
  const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string };
  const message = messageOf(apiVersion, kind);
  if (message === undefined) return undefined;
  const typeMeta = new FieldWriter().bytes(1, apiVersion).bytes(2, kind).finish();
  const raw = new MessageWriter(messageTable()).message(message, object);
  const unknown = new FieldWriter().bytes(1, typeMeta).bytes(2, raw).bytes(3, '').bytes(4, '').finish();
  return Buffer.concat([magic, unknown]);
}

/** One frame of a watch: a WatchEvent after its length, the object within as a whole body. */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const raw = new FieldWriter().bytes(1, object).finish();
  const event = new FieldWriter().bytes(1, type).bytes(2, raw).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.byteLength);
  return Buffer.concat([length, event]);
}

/** Encodes messages by their table. */
class MessageWriter {
  readonly #table: MessageTable;

  constructor(table: MessageTable) {
    this.#table = table;
  }

  message(message: string, object: Json): Uint8Array {
    const writer = new FieldWriter();
    for (const [key, field] of Object.entries(this.#table[message] ?? {})) {
      const number = Number(key);
      const value = field.isInline ? object : object[field.name];
      if (value === undefined || value === null) continue;
      if (field.kind === 'map') this.#map(writer, number, { field, entries: value as Json });
      else if (field.isList) for (const each of value as unknown[]) this.#value(writer, number, { field, value: each });
      else this.#value(writer, number, { field, value });
    }
    return writer.finish();
  }

  #map(writer: FieldWriter, number: number, { field, entries }: { field: FieldShape; entries: Json }): void {
    for (const [key, value] of Object.entries(entries)) {
      const entry = new FieldWriter().bytes(1, key);
      this.#value(entry, 2, { field: field.value ?? field, value });
      writer.bytes(number, entry.finish());
    }
  }

  #value(writer: FieldWriter, number: number, { field, value }: { field: FieldShape; value: unknown }): void {
    switch (field.kind) {
      case 'string':
        writer.bytes(number, value as string);
        return;
      case 'boolean':
        writer.integer(number, value === true ? 1 : 0);
        return;
      case 'integer':
        writer.integer(number, Number.isSafeInteger(value) ? (value as number) : 0);
        return;
      case 'double':
        writer.double(number, value as number);
        return;
      case 'bytes':
        writer.bytes(number, Buffer.from(value as string, 'base64'));
        return;
      default:
        writer.bytes(number, this.#inner(field.message ?? '', value));
    }
  }

  #inner(message: string, value: unknown): Uint8Array {
    const special = specialMessages[message];
    if (special) return special(value);
    if (isListMessage(message)) return this.message(message, { items: value });
    return this.message(message, unions[message]?.(value) ?? (value as Json));
  }
}

/** Messages whose JSON form isn't an object of their fields. */
const specialMessages: Record<string, (value: unknown) => Uint8Array> = {
  'apis.meta.v1.Time': (value) => timeBytes(value as string),
  'apis.meta.v1.MicroTime': (value) => timeBytes(value as string),
  'apis.meta.v1.Duration': (value) => new FieldWriter().integer(1, parseGoDuration(value as string)).finish(),
  'apis.meta.v1.FieldsV1': (value) => new FieldWriter().bytes(1, JSON.stringify(value)).finish(),
  'api.resource.Quantity': (value) => new FieldWriter().bytes(1, String(value)).finish(),
  'util.intstr.IntOrString': (value) =>
    typeof value === 'string'
      ? new FieldWriter().integer(1, 1).integer(2, 0).bytes(3, value).finish()
      : new FieldWriter()
          .integer(1, 0)
          .integer(2, value as number)
          .bytes(3, '')
          .finish(),
  'runtime.RawExtension': (value) => new FieldWriter().bytes(1, JSON.stringify(value)).finish(),
  'apiextensions.v1.JSON': (value) => new FieldWriter().bytes(1, JSON.stringify(value)).finish(),
};

/** Messages of which one field or the other is the JSON value. */
const unions: Record<string, (value: unknown) => Json> = {
  'apiextensions.v1.JSONSchemaPropsOrArray': (value) =>
    Array.isArray(value) ? { jSONSchemas: value } : { schema: value },
  'apiextensions.v1.JSONSchemaPropsOrBool': (value) =>
    typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value },
  'apiextensions.v1.JSONSchemaPropsOrStringArray': (value) =>
    Array.isArray(value) ? { property: value } : { schema: value },
};

function timeBytes(text: string): Uint8Array {
  const micros = Number((/\.(\d{1,6})/.exec(text)?.[1] ?? '').padEnd(6, '0'));
  const seconds = Math.floor(epochMsOf(text.replace(/\.\d+/, '')) / 1000);
  // What is no time is the zero time.
  if (!Number.isSafeInteger(seconds)) return new Uint8Array();
  return new FieldWriter()
    .integer(1, seconds)
    .integer(2, micros * 1000)
    .finish();
}
