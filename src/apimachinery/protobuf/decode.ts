// What object is in a Kubernetes protobuf body? Decodes `k8s\0` + runtime.Unknown to the object's JSON form.

import { rfc3339 } from '../../base/clock.ts';
import { formatGoDuration } from '../go-duration.ts';
import { setField } from '../json-fields.ts';
import { type FieldShape, isListMessage, type MessageTable, magic, messageOf, messageTable } from './messages.ts';
import { bytesOf, type Fields, integerOf, malformed, readEntries, readFields, textOf, type WireValue } from './wire.ts';

const depthMax = 128;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Told where a field stands whose number no table knows: `spec.containers[0].#99`. */
export type OnUnknownField = (path: string) => void;

/** The object with its apiVersion and kind. Throws BadRequest if the bytes are no known object. */
export function decodeProtobuf(body: Uint8Array, onUnknownField: OnUnknownField = () => {}): Record<string, unknown> {
  if (!magic.equals(body.subarray(0, magic.length))) {
    throw malformed('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const unknown = readFields(body.subarray(magic.length));
  const typeMeta = readFields(bytesOf(unknown.get(1)));
  const [apiVersion, kind] = [textOf(typeMeta.get(1)), textOf(typeMeta.get(2))];
  const raw = bytesOf(unknown.get(2));
  if (textOf(unknown.get(4)) === 'application/json') return { apiVersion, kind, ...(readJson(raw) as object) };
  const message = messageOf(apiVersion, kind);
  if (!message)
    throw malformed(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const reader = new MessageReader(messageTable(), onUnknownField);
  return { apiVersion, kind, ...reader.read(message, raw, { depth: 0, path: '' }) };
}

interface Place {
  depth: number;
  /** With a dot at its end, or empty. */
  path: string;
}

/** Decodes messages by their table; one instance serves one body. */
class MessageReader {
  readonly #table: MessageTable;
  readonly #onUnknownField: OnUnknownField;

  constructor(table: MessageTable, onUnknownField: OnUnknownField) {
    this.#table = table;
    this.#onUnknownField = onUnknownField;
  }

  read(message: string, bytes: Uint8Array, place: Place): Record<string, unknown> {
    if (place.depth > depthMax) throw malformed(`the message is nested more than ${depthMax} levels deep`);
    const fields = this.#table[message];
    if (!fields) throw malformed(`message ${message} is not known`);
    const object: Record<string, unknown> = {};
    for (const [number, wire] of readEntries(bytes)) {
      const field = fields[number];
      if (field) this.#add(object, field, { wire, place });
      else this.#onUnknownField(`${place.path}#${number}`);
    }
    return object;
  }

  #add(object: Record<string, unknown>, field: FieldShape, { wire, place }: { wire: WireValue; place: Place }): void {
    const { name } = field;
    if (field.kind === 'map') {
      const entry = readFields(bytesOf(wire));
      const map = (object[name] ??= {}) as Record<string, unknown>;
      const { value: shape = field } = field;
      const key = textOf(entry.get(1));
      const value = this.#value(shape, entry.get(2) ?? emptyOf(shape), within(place, `${name}[${key}]`));
      setField(map, key, value);
      return;
    }
    if (field.isInline) {
      Object.assign(object, this.#value(field, wire, place));
      return;
    }
    const index = field.isList ? ((object[name] ??= []) as unknown[]).length : 0;
    const value = this.#value(field, wire, within(place, field.isList ? `${name}[${index}]` : name));
    if (field.isList) (object[name] as unknown[]).push(value);
    else if (value !== undefined && (field.kind === 'message' || field.keepsZero || !isZero(value)))
      object[name] = value;
  }

  #value({ kind, message }: FieldShape, wire: WireValue, place: Place): unknown {
    switch (kind) {
      case 'string':
        return textOf(wire);
      case 'boolean':
        return integerOf(wire) !== 0n;
      case 'integer':
        return Number(BigInt.asIntN(64, integerOf(wire)));
      case 'double':
        return doubleOf(bytesOf(wire));
      case 'bytes':
        return Buffer.from(bytesOf(wire)).toString('base64');
      default:
        return this.#message(message ?? '', bytesOf(wire), place);
    }
  }

  #message(message: string, bytes: Uint8Array, place: Place): unknown {
    const special = specialMessages[message];
    if (special) return special(readFields(bytes));
    const value = this.read(message, bytes, place);
    if (isListMessage(message)) return value['items'] ?? [];
    return Object.hasOwn(unions, message) ? unions[message]?.(value) : value;
  }
}

function within({ depth, path }: Place, name: string): Place {
  return { depth: depth + 1, path: `${path}${name}.` };
}

/** Messages whose JSON form isn't an object of their fields. */
const specialMessages: Record<string, (fields: Fields) => unknown> = {
  'apis.meta.v1.Time': (fields) => timeOf(fields),
  'apis.meta.v1.MicroTime': (fields) => timeOf(fields, { withMicros: true }),
  'apis.meta.v1.Duration': (fields) => formatGoDuration(BigInt.asIntN(64, integerOf(fields.get(1) ?? 0n))),
  'apis.meta.v1.FieldsV1': (fields) => readJson(bytesOf(fields.get(1))) ?? {},
  'api.resource.Quantity': (fields) => textOf(fields.get(1)) || '0',
  'util.intstr.IntOrString': (fields) =>
    integerOf(fields.get(1) ?? 0n) === 0n
      ? Number(BigInt.asIntN(32, integerOf(fields.get(2) ?? 0n)))
      : textOf(fields.get(3)),
  'runtime.RawExtension': (fields) => readJson(bytesOf(fields.get(1))),
  'apiextensions.v1.JSON': (fields) => readJson(bytesOf(fields.get(1))),
};

/** Messages of which one field or the other is the JSON value. */
const unions: Record<string, (value: Record<string, unknown>) => unknown> = {
  'apiextensions.v1.JSONSchemaPropsOrArray': ({ schema, jSONSchemas }) => jSONSchemas ?? schema,
  'apiextensions.v1.JSONSchemaPropsOrBool': ({ schema, allows = false }) => schema ?? allows,
  'apiextensions.v1.JSONSchemaPropsOrStringArray': ({ schema, property = [] }) => schema ?? property,
};

function timeOf(fields: Fields, options: { withMicros?: boolean } = {}): string | undefined {
  // The zero time has no fields; the epoch has two zeros.
  if (fields.size === 0) return undefined;
  const seconds = Number(BigInt.asIntN(64, integerOf(fields.get(1) ?? 0n)));
  const nanos = Number(BigInt.asIntN(32, integerOf(fields.get(2) ?? 0n)));
  if (Math.abs(seconds) > 253_402_300_799 || nanos < 0 || nanos >= 1e9)
    throw malformed(`time of ${seconds} seconds and ${nanos} nanoseconds is out of range`);
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

function doubleOf(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw malformed('wrong wireType for a double');
  return Buffer.from(bytes).readDoubleLE();
}

function emptyOf({ kind }: FieldShape): WireValue {
  return kind === 'integer' || kind === 'boolean' ? 0n : new Uint8Array();
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}
